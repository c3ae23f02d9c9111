"""A fix by a model from the note to the version, through the real dispatcher and an engine process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reviewtui.engines.diffusers.adding import add_model
from reviewtui.imaging.provenance import read_chain
from reviewtui.model.errors import EngineError, InputError, UsageError
from reviewtui.model.frames import frame_from_params
from reviewtui.model.lifecycle import JobState, NoteState, Tier, Verb
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.asking import make_request
from reviewtui.services.jobs import find_jobs
from reviewtui.services.verbs import plan_fix
from reviewtui.services.verify import verify
from reviewtui.services.workspace import Workspace
from reviewtui.settings.models import models_file
from reviewtui.store.assets import find_asset
from reviewtui.store.notes import get_note
from reviewtui.store.versions import find_proof, get_blob, lineage_params, list_versions
from reviewtui.worker.again import repeat
from reviewtui.worker.dispatcher import Dispatcher
from reviewtui.worker.executors.local import LocalExecutor
from tests.support.desk import InProcessDecoder, head_of, open_desk, paint, region, register

DECODER: Any = InProcessDecoder()
ENGINE = "diffusers:sd"


@pytest.fixture
def desk(workspace: Path, tiny_pipelines: dict[str, Path]) -> Iterator[Workspace]:
    add_model("sd", str(tiny_pipelines["sd"]))
    file = models_file()
    file.write_text(file.read_text() + "side_px = 64\n")
    paint(workspace / "hero.png", size=(160, 120))
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def work(desk: Workspace) -> None:
    """Run the queue until it is empty."""
    executor = LocalExecutor(log_path=desk.paths.worker_log, warm=())
    dispatcher = Dispatcher(desk, DECODER, executor, worker="w")
    try:
        while dispatcher.has_work():
            dispatcher.turn(0.05)
    finally:
        executor.close()


def pixels(desk: Workspace, sha256: str) -> Any:
    with Image.open(desk.blobs.path_of(sha256)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_fix__by_a_model__lands_candidates_with_lineage_and_leaves_the_outside_alone(desk: Workspace) -> None:
    head = head_of(desk, "hero")
    request = make_request(
        desk, verb=Verb.FIX, engine=ENGINE, tier=Tier.DRAFT, seed=11, candidates=2,
        params={"steps": 4, "negative_prompt": "blue"},
    )  # fmt: skip
    mask = region(head, (60, 40, 30, 24))
    written = write_note(desk, "hero", NoteRequest("a calm eye", mask=mask, fix=request))
    assert written.job_id is not None
    work(desk)
    [job] = find_jobs(desk, written.job_id)
    assert (job.state, job.error, len(job.versions)) == (JobState.SUCCEEDED, None, 2)
    with desk.store.read() as db:
        asset = find_asset(db, "hero")
        assert asset is not None
        made = [version for version in list_versions(db, asset.id) if version.number in job.versions]
        proofs = [find_proof(db, version.id) for version in made]
        lineage = [lineage_params(db, version.id)[1] for version in made]
        assert get_note(db, written.note_id).state is NoteState.TO_VERIFY
    before = np.asarray(Image.open(desk.paths.root / "hero.png").convert("RGB")).astype(int)
    for version, proof in zip(made, proofs, strict=True):
        assert proof is not None
        box = proof.box
        after = pixels(desk, version.sha256)
        changed = np.abs(after - before).max(axis=2) > 0
        assert changed[44:60, 65:85].any()
        changed[box.y : box.bottom, box.x : box.right] = False
        assert not changed.any()
        assert proof.metrics["outside_changed_px"] == 0
        assert proof.metrics["passes"] == 1
        assert proof.metrics["megapixels_sampled"] <= 0.0065
    for index, params in enumerate(lineage):
        assert params["seed"] == 11 + index
        assert (params["prompt"], params["negative_prompt"], params["steps"], params["strength"]) == (
            "a calm eye", "blue", 4, 0.6,
        )  # fmt: skip
        assert {"identity", "device", "dtype", "torch", "diffusers", "licence"} <= set(params["details"])


def test_outpaint__by_a_model__keeps_every_original_pixel(desk: Workspace) -> None:
    plan = plan_fix(desk, DECODER, head_of(desk, "hero"), Verb.OUTPAINT, None, {"ratio": "16:9", "steps": 4})
    fix = make_request(desk, verb=Verb.OUTPAINT, engine=ENGINE, seed=4, params=plan.params, mask=plan.job_mask)
    write_note(desk, "hero", NoteRequest(plan.words, mask=plan.mask, fix=fix))
    work(desk)
    made = head_of(desk, "hero")
    assert made.number == 2
    frame = frame_from_params(plan.params)
    assert frame is not None
    x, y = frame.shift
    after, before = pixels(desk, made.sha256), np.asarray(Image.open(desk.paths.root / "hero.png").convert("RGB"))
    assert np.array_equal(after[y : y + 120, x : x + 160], before)


def test_request__a_model_would_refuse__is_refused_before_the_queue(desk: Workspace) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"steps": 0}, "1 to 500"),
        ({"guidance": -1.0}, "0 to 100"),
        ({"prompt": "x" * 10_001}, "at most 10000"),
        ({"colour": 1}, "no parameter 'colour'"),
    ]
    for params, words in cases:
        with pytest.raises((InputError, UsageError), match=words):
            make_request(desk, verb=Verb.FIX, engine=ENGINE, params=params)
    with pytest.raises(EngineError, match="cannot upscale"):
        make_request(desk, verb=Verb.UPSCALE, engine=ENGINE)
    assert make_request(desk, verb=Verb.FIX).engine == ENGINE
    assert make_request(desk).engine == "patch"
    assert make_request(desk, params={"prompt": "said with every job"}).engine == "patch"


def test_fix__by_a_model__holds_against_its_kept_answer_and_comes_out_the_same_again(desk: Workspace) -> None:
    request = make_request(desk, verb=Verb.FIX, engine=ENGINE, seed=11, candidates=2, params={"steps": 2})
    mask = region(head_of(desk, "hero"), (60, 40, 30, 24))
    write_note(desk, "hero", NoteRequest("a calm eye", mask=mask, fix=request))
    work(desk)
    [found] = [check for check in verify(desk, DECODER) if check.check == "fixes"]
    assert found.ok, found
    assert "2 of them measure as their proof says" in found.detail
    done = repeat(desk, DECODER, "hero@3")
    assert done.identical, (done.different_px, done.largest_delta)
    assert done.seed == 12
    assert done.engine_hash == done.recorded_engine_hash
    with desk.store.read() as db:
        texts = get_blob(db, done.sha256).facts["text"]
    [told] = read_chain(texts)
    assert (told["prompt"], told["seed"], told["engine"]) == ("a calm eye", 12, ENGINE)
    assert texts["parameters"].startswith("a calm eye\nSeed: 12")
