"""From a job to versions: what a reviewer could lose is a pixel outside the mask, a result, or the truth about it."""

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.pixel_hash import pixel_sha256_of
from reviewtui.model.entities import Job, Note, Version
from reviewtui.model.errors import DriftError, EngineError, InputError, StoreError
from reviewtui.model.lifecycle import ErrorKind, JobState, NoteState, Verb, Verdict
from reviewtui.model.runs import Succeeded
from reviewtui.services.annotate import NoteRequest, default_fix, set_note_state, write_note
from reviewtui.services.endings import fail_job, hand_back
from reviewtui.services.fixing import Prepared, prepare_job
from reviewtui.services.jobs import cancel
from reviewtui.services.landing import land_job
from reviewtui.services.previews import Preview, drop_preview, find_preview, write_preview
from reviewtui.services.review import Ballot, decide, pick
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import find_asset
from reviewtui.store.jobs import JobRequest, claim_job, get_job
from reviewtui.store.notes import get_note
from reviewtui.store.versions import find_proof, lineage_params, list_versions
from tests.support.desk import InProcessDecoder, head_of, open_desk, paint, region, register

CONTRACT_METRICS = {
    "outside_changed_px", "outside_max_delta", "locks_ok", "seam", "grain_ratio", "color_error", "passes",
    "megapixels_sampled", "seconds", "cost",
}  # fmt: skip


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png")
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


DECODER: Any = InProcessDecoder()


def ask(desk: Workspace, **changes: Any) -> int:
    fix = JobRequest(**{"verb": Verb.REMOVE, "engine": "patch", "seed": 7, **changes})
    version = head_of(desk, "hero")
    written = write_note(desk, "hero", NoteRequest("a flaw", mask=region(version), fix=fix))
    assert written.job_id is not None
    return written.job_id


def claim(desk: Workspace) -> Job:
    with desk.store.write(SYSTEM) as tx:
        job = claim_job(tx, "w", time.time() + 60)
    assert job is not None
    return job


def answer(prepared: Prepared, *shades: int) -> Succeeded:
    """Candidates of one shade each."""
    job, size = prepared.job, prepared.run.size
    images = tuple(bytes([shade]) * (size.area_px * 3) for shade in shades)
    return Succeeded(job.id, job.attempt, images, 0.5, {"passes": 0, "method": "test"})


def run(desk: Workspace, *shades: int, **changes: Any) -> list[Version]:
    ask(desk, **changes)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    return land_job(desk, DECODER, job, prepared, answer(prepared, *shades))


def job_of(desk: Workspace, job_id: int) -> Job:
    with desk.store.read() as db:
        return get_job(db, job_id)


def note_of(desk: Workspace, job_id: int) -> Note:
    note_id = job_of(desk, job_id).note_id
    assert note_id is not None
    with desk.store.read() as db:
        return get_note(db, note_id)


def head_number(desk: Workspace) -> int | None:
    with desk.store.read() as db:
        asset = find_asset(db, "hero")
    assert asset is not None
    return asset.head_number


def versions_of(desk: Workspace) -> list[Version]:
    with desk.store.read() as db:
        asset = find_asset(db, "hero")
        assert asset is not None
        return list_versions(db, asset.id)


def pixels(desk: Workspace, version: Version) -> Any:
    data = desk.blobs.path_of(version.sha256).read_bytes()
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_land__one_candidate__is_a_child_version_with_proof_and_moves_the_head(desk: Workspace) -> None:
    (version,) = run(desk, 200)
    parent = versions_of(desk)[0]
    assert (version.number, version.parent_id, version.op, version.source) == (2, parent.id, "remove", "job")
    assert head_number(desk) == 2
    assert version.job_id is not None
    assert job_of(desk, version.job_id).state is JobState.SUCCEEDED
    assert note_of(desk, version.job_id).state is NoteState.TO_VERIFY
    with desk.store.read() as db:
        proof = find_proof(db, version.id)
        mask_id, params = lineage_params(db, version.id)
    assert proof is not None
    assert set(proof.metrics) >= CONTRACT_METRICS
    assert proof.metrics["seconds"] == 0.5
    assert proof.metrics["cost"] is None
    assert mask_id is not None
    assert (params["seed"], params["engine"], params["prompt"]) == (7, "patch", "a flaw")
    assert all(desk.blobs.verify(digest) for digest in (version.sha256, proof.patch_sha256, proof.alpha_sha256))


def test_land__result__changes_nothing_beyond_the_printed_edge(desk: Workspace) -> None:
    (version,) = run(desk, 200)
    parent = versions_of(desk)[0]
    with desk.store.read() as db:
        proof = find_proof(db, version.id)
    assert proof is not None
    changed = (pixels(desk, parent) != pixels(desk, version)).any(axis=2)
    edge = proof.edge_px
    inside = np.zeros_like(changed)
    inside[max(10 - edge, 0) : 18 + edge, max(10 - edge, 0) : 22 + edge] = True
    assert changed[10:18, 10:22].all()
    assert not (changed & ~inside).any()


def test_land__several_candidates__all_land_and_the_head_stays(desk: Workspace) -> None:
    versions = run(desk, 10, 20, 30, candidates=3)
    assert [(version.number, version.candidate) for version in versions] == [(2, 0), (3, 1), (4, 2)]
    assert head_number(desk) == 1
    with desk.store.read() as db:
        assert [lineage_params(db, version.id)[1]["seed"] for version in versions] == [7, 8, 9]


def test_land__head_moved_on_meanwhile__stays(desk: Workspace) -> None:
    run(desk, 10)
    pick(desk, "hero@1")
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    pick(desk, "hero@2")
    land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    assert head_number(desk) == 2


def test_land__parent_approved_meanwhile__head_stays(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    decide(desk, "hero", Ballot(Verdict.APPROVED))
    (version,) = land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    assert version.number == 2
    assert head_number(desk) == 1


def test_land__same_bytes_again__is_bound_to_the_version_that_is_there(desk: Workspace) -> None:
    (first,) = run(desk, 200)
    pick(desk, "hero@1")
    (again,) = run(desk, 200)
    assert again.id == first.id
    assert len(versions_of(desk)) == 2
    assert head_number(desk) == 2


def test_land__nothing_changed__is_refused_in_words(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    same = Succeeded(job.id, job.attempt, (prepared.run.image_rgb,), 0.1)
    with pytest.raises(EngineError, match="changed nothing"):
        land_job(desk, DECODER, job, prepared, same)
    assert len(versions_of(desk)) == 1
    assert job_of(desk, job.id).state is JobState.RUNNING


def test_land__one_of_two_unusable__the_other_lands_and_the_job_says_so(desk: Workspace) -> None:
    ask(desk, candidates=2)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    good = answer(prepared, 50).images_rgb[0]
    (version,) = land_job(desk, DECODER, job, prepared, Succeeded(job.id, job.attempt, (b"short", good), 0.1))
    assert version.candidate == 1
    done = job_of(desk, job.id)
    assert done.state is JobState.SUCCEEDED
    assert "candidate 1 of 2" in (done.error or "")


def test_land__pixel_outside_changed__is_refused_as_lock_broken(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(frame: Any, *rest: Any, **named: Any) -> Any:
        spoilt = frame.copy()
        spoilt[0, 0] ^= 1
        return spoilt

    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    monkeypatch.setattr("reviewtui.imaging.fixing.paste", careless)
    with pytest.raises(EngineError) as caught:
        land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    assert caught.value.kind == ErrorKind.LOCK_BROKEN
    assert len(versions_of(desk)) == 1


def test_land__file_reads_back_differently__is_refused(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(picture: NativePicture, path: Path) -> int:
        spoilt = picture.pixels.copy()
        spoilt[0, 0] ^= 1
        return write_png(NativePicture(spoilt, picture.mode), path)

    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    monkeypatch.setattr("reviewtui.services.landing_bytes.write_png", careless)
    with pytest.raises(EngineError, match="reads back differently"):
        land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    assert not list(desk.paths.temporary.iterdir())


def test_land__attempt_taken_over__drops_the_result(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    hand_back(desk, job, "lost")
    claim(desk)
    assert land_job(desk, DECODER, job, prepared, answer(prepared, 99)) == []
    assert len(versions_of(desk)) == 1
    assert job_of(desk, job.id).state is JobState.RUNNING


def test_land__cancel_was_requested__drops_the_result_and_opens_the_note(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    cancel(desk, job.id)
    assert land_job(desk, DECODER, job, prepared, answer(prepared, 99)) == []
    assert job_of(desk, job.id).state is JobState.CANCELLED
    assert note_of(desk, job.id).state is NoteState.OPEN


def test_land__note_closed_by_a_person_meanwhile__stays_closed(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    set_note_state(desk, note_of(desk, job.id).id, NoteState.CLOSED)
    land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    assert note_of(desk, job.id).state is NoteState.CLOSED


def test_land__database_fails__leaves_no_version_and_the_blob_is_harmless(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **named: Any) -> None:
        raise StoreError("the disk is full")

    ask(desk)
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    monkeypatch.setattr("reviewtui.services.landing.add_proof", fail)
    with pytest.raises(StoreError):
        land_job(desk, DECODER, job, prepared, answer(prepared, 99))
    monkeypatch.undo()
    assert len(versions_of(desk)) == 1
    assert len(land_job(desk, DECODER, job, prepared, answer(prepared, 99))) == 1


def test_land__price_is_set__cost_is_the_share_of_each_candidate(workspace: Path) -> None:
    paint(workspace / "hero.png")
    desk = open_desk(workspace, cost_per_hour=3600.0)
    register(desk)
    versions = run(desk, 1, 2, candidates=2)
    with desk.store.read() as db:
        proofs = [find_proof(db, version.id) for version in versions]
    desk.close()
    assert [proof.metrics["cost"] for proof in proofs if proof] == [0.25, 0.25]


def test_fail__running_job__is_failed_in_words_and_its_note_is_open(desk: Workspace) -> None:
    ask(desk)
    job = claim(desk)
    assert fail_job(desk, job, ErrorKind.OUT_OF_MEMORY, "no memory")
    assert job_of(desk, job.id).error == "no memory"
    assert note_of(desk, job.id).state is NoteState.OPEN
    assert not fail_job(desk, job, ErrorKind.INTERNAL, "again")


def test_hand_back__attempt_that_does_not_count__is_queued_for_ever(desk: Workspace) -> None:
    job_id = ask(desk)
    for _ in range(5):
        assert hand_back(desk, claim(desk), "told to end", counts=False) is JobState.QUEUED
    assert hand_back(desk, claim(desk), "lost") is JobState.QUEUED
    assert hand_back(desk, claim(desk), "lost") is JobState.FAILED
    assert note_of(desk, job_id).state is NoteState.OPEN


def test_hand_back__stale_attempt__leaves_the_new_owner_alone(desk: Workspace) -> None:
    ask(desk)
    stale = claim(desk)
    hand_back(desk, stale, "lost")
    claim(desk)
    assert hand_back(desk, stale, "lost again") is JobState.RUNNING
    assert note_of(desk, stale.id).state is NoteState.FIXING


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"engine": "nothing-like-it"}, EngineError, "no engine 'nothing-like-it'"),
        ({"verb": Verb.FIX}, EngineError, "cannot fix"),
        ({"params": {"no_such": 1}}, InputError, "no parameter 'no_such'"),
        ({"params": {"strength": "much"}}, InputError, "strength must be a number"),
        ({"params": {"patch_size": 99}}, InputError, "patch_size is 1 to 9"),
    ],
)
def test_prepare__what_cannot_be_done__is_said_in_words(
    desk: Workspace, changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    ask(desk, **changes)
    with pytest.raises(kind, match=words):
        prepare_job(desk, DECODER, claim(desk))


def test_prepare__bytes_gone__is_said(desk: Workspace) -> None:
    ask(desk)
    path = desk.blobs.path_of(head_of(desk, "hero").sha256)
    path.chmod(0o600)
    path.write_bytes(b"rot")
    with pytest.raises(DriftError):
        prepare_job(desk, DECODER, claim(desk))


def test_prepare__feather_zero__is_exactly_the_region(desk: Workspace) -> None:
    ask(desk, params={"feather_px": 0})
    prepared = prepare_job(desk, DECODER, claim(desk))
    assert prepared.run.box.as_tuple() == (10, 10, 12, 8)
    assert prepared.run.edge_px == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16", "RGB;16", "RGBA;16"])
def test_pixel_hash__every_layout__is_what_the_decoder_says_of_the_file(mode: str, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    shape = (37, 53) if mode in ("L", "I;16") else (37, 53, {"RGB": 3, "RGBA": 4, "LA": 2}[mode.partition(";")[0]])
    if mode.endswith(";16"):
        picture = NativePicture(random.integers(0, 65536, shape, dtype=np.uint16), mode)
    else:
        picture = NativePicture(random.integers(0, 256, shape, dtype=np.uint8), mode)
    write_png(picture, tmp_path / "a.png")
    with Decoder() as decoder:
        assert decoder.inspect(tmp_path / "a.png").pixel_sha256 == pixel_sha256_of(picture)


def test_preview__written__is_found_where_it_lies_and_dropped(desk: Workspace) -> None:
    ask(desk)
    prepared = prepare_job(desk, DECODER, claim(desk))
    preview = prepared.preview_of(bytes([255]) * len(prepared.run.image_rgb))
    assert preview is not None
    write_preview(desk, 5, preview)
    found = find_preview(desk, 5)
    assert found is not None
    box, path = found
    assert box == prepared.run.box
    with Image.open(path) as image:
        assert image.size == (box.width, box.height)
        assert image.getpixel((box.width // 2, box.height // 2)) == (255, 255, 255)
    drop_preview(desk, 5)
    assert find_preview(desk, 5) is None
    assert not list(path.parent.iterdir())


def test_preview__of_a_picture_with_a_profile__is_in_its_colors(desk: Workspace) -> None:
    ask(desk)
    prepared = prepare_job(desk, DECODER, claim(desk))
    prepared = replace(prepared, native=replace(prepared.native, icc=b"a profile"))
    preview = prepared.preview_of(bytes([255]) * len(prepared.run.image_rgb))
    assert preview is not None
    write_preview(desk, 5, preview)
    found = find_preview(desk, 5)
    assert found is not None
    with Image.open(found[1]) as image:
        assert image.info["icc_profile"] == b"a profile"


def test_preview__wrong_length_or_too_large__is_no_preview(desk: Workspace) -> None:
    ask(desk)
    prepared = prepare_job(desk, DECODER, claim(desk))
    assert prepared.preview_of(b"abc") is None
    assert find_preview(desk, 6) is None
    huge = Preview(prepared.run.box.grown(2000), np.zeros((1, 1, 3), np.uint8))
    write_preview(desk, 6, huge)
    assert find_preview(desk, 6) is None


def test_default_fix__of_settings__is_remove_by_patch(desk: Workspace) -> None:
    fix = default_fix(desk)
    assert (fix.verb, fix.engine, fix.candidates) == (Verb.REMOVE, "patch", 1)
