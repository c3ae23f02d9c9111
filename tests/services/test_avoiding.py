"""A face beside a hole is found, kept from being copied, recorded, and never in the way."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.detectors.catalog import Readiness
from reviewtui.engines.registry import load_engine
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Verb
from reviewtui.services import avoiding
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.avoiding import avoided_from_params
from reviewtui.services.fixing import Prepared, prepare_job
from reviewtui.services.ingest import scan
from reviewtui.services.verify import verify
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.jobs import JobRequest, claim_job
from reviewtui.store.versions import lineage_params
from reviewtui.worker.again import repeat
from reviewtui.worker.dispatcher import Dispatcher
from reviewtui.worker.executors.inline import InlineExecutor
from tests.support.desk import head_of, open_desk, region

PORTRAIT = Path(__file__).parents[1] / "data" / "portrait.jpg"
EYES, TIE = PixelRect(240, 110, 140, 40), (265, 350)
BESIDE, CHEEK, HEAD = (396, 150, 100, 100), (260, 170, 14, 14), (180, 0, 250, 310)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as opened:
        yield opened


@pytest.fixture
def desk(workspace: Path, decoder: Decoder) -> Iterator[Workspace]:
    shutil.copy(PORTRAIT, workspace / "hero.jpg")
    opened = open_desk(workspace, fix_avoid_faces=True)
    scan(opened, decoder)
    yield opened
    opened.close()


def ask(desk: Workspace, rect: tuple[int, int, int, int], **changes: Any) -> None:
    fix = JobRequest(**{"verb": Verb.REMOVE, "engine": "patch", "seed": 7, **changes})
    write_note(desk, "hero", NoteRequest("a flaw", mask=region(head_of(desk, "hero"), rect), fix=fix))


def prepared(desk: Workspace, decoder: Decoder, rect: tuple[int, int, int, int]) -> Prepared:
    ask(desk, rect)
    with desk.store.write(SYSTEM) as tx:
        job = claim_job(tx, "w", 2e9)
    assert job is not None
    return prepare_job(desk, decoder, job)


def landed(desk: Workspace, decoder: Decoder) -> dict[str, Any]:
    """The recorded parameters of a fix beside the face."""
    ask(desk, BESIDE)
    executor = InlineExecutor(load_engine)
    dispatcher = Dispatcher(desk, decoder, executor, worker="w")
    while dispatcher.has_work():
        dispatcher.turn(0.05)
    executor.close()
    made = head_of(desk, "hero")
    assert made.number == 2
    with desk.store.read() as db:
        return lineage_params(db, made.id)[1]


def absent(detector: object) -> Readiness:
    return Readiness(False, "it is not installed", "install it")


def test_prepare__hole_beside_a_face__tells_the_engine_where_it_is(desk: Workspace, decoder: Decoder) -> None:
    ready = prepared(desk, decoder, BESIDE)
    assert ready.avoided is not None
    head, *body = ready.avoided
    crop = ready.run.crop
    assert any(box.contains(*TIE) for box in body), "nor is the coat a wall"
    assert EYES.intersection(crop) == EYES.intersection(head)
    assert all(crop.contains_rect(box) for box in ready.avoided)
    sent = ready.spec.avoid[0]
    assert (sent.x + crop.x, sent.y + crop.y, sent.size) == (head.x, head.y, head.size)


@pytest.mark.parametrize("rect", [CHEEK, HEAD])
def test_prepare__the_face_is_what_is_worked_on__is_no_reason(
    desk: Workspace, decoder: Decoder, rect: tuple[int, int, int, int]
) -> None:
    ready = prepared(desk, decoder, rect)
    assert ready.avoided == ready.spec.avoid == ()


def test_prepare__clothes_are_mended__avoids_the_head_only(desk: Workspace, decoder: Decoder) -> None:
    ready = prepared(desk, decoder, (330, 300, 60, 60))
    assert ready.avoided is not None
    assert len(ready.avoided) == 1


def test_prepare__little_beside_the_people__avoids_the_head_only(
    desk: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = (PixelRect(0, 0, 560, 140), PixelRect(0, 140, 390, 560), PixelRect(390, 260, 170, 440))

    def find(*args: Any, **named: Any) -> tuple[PixelRect, ...]:
        return (EYES,) if args[-1].name == "face" else people

    monkeypatch.setattr(avoiding, "find_regions", find)
    ready = prepared(desk, decoder, BESIDE)
    assert ready.avoided is not None
    assert len(ready.avoided) == 1


def test_prepare__detector_fails_or_is_absent_or_not_wanted__goes_on(
    desk: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **named: Any) -> Any:
        raise InputError("the detector 'face' did not survive")

    with monkeypatch.context() as patch:
        patch.setattr(avoiding, "find_regions", fail)
        assert prepared(desk, decoder, BESIDE).avoided == ()
    assert "did not survive" in caplog.text
    with monkeypatch.context() as patch:
        patch.setattr(avoiding, "readiness", absent)
        assert prepared(desk, decoder, BESIDE).avoided == ()
    unwilling = open_desk(desk.paths.root, fix_avoid_faces=False)
    assert prepared(unwilling, decoder, BESIDE).avoided == ()
    unwilling.close()


def test_land__detector_is_absent__records_that_nothing_was_avoided(
    desk: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avoiding, "readiness", absent)
    assert landed(desk, decoder)["avoided"] == []


def test_again__without_the_detector__takes_what_is_recorded_and_gives_the_same_bytes(
    desk: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = avoided_from_params(landed(desk, decoder))[0]
    assert head.intersection(EYES) is not None
    monkeypatch.setattr(avoiding, "readiness", absent)
    assert repeat(desk, decoder, "hero@2", executor=InlineExecutor(load_engine)).identical
    assert all(check.ok for check in verify(desk, decoder))


def test_avoided__of_a_version_from_before__is_nothing_and_nonsense_is_refused() -> None:
    assert avoided_from_params({}) == ()
    for nonsense in ([[1, 2, 3]], 5, [["a", 0, 1, 1]], [[0, 0, 0, 0]]):
        with pytest.raises(InputError, match="avoided boxes"):
            avoided_from_params({"avoided": nonsense})
