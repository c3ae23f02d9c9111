"""What a flaw suggests is drawn over the picture, never waited for, and taken with one key."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from reviewtui.detectors import client
from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import Detector, Readiness
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Flaw
from reviewtui.services import annotate, detecting
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import OverlayKind
from tests.support.robot import Robot, at_desk

HANDS = (PixelRect(24, 36, 24, 18), PixelRect(72, 0, 12, 18))


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Two hands are found once the event is set, as it is at first."""
    go_on = threading.Event()
    go_on.set()

    def look(detector: Detector, rgb: object, **_limits: float) -> list[Box]:
        assert go_on.wait(30)
        return [Box(0.25, 0.5, 0.5, 0.75, 0.9), Box(0.75, 0.0, 0.875, 0.25, 0.8)] if detector.name == "hands" else []

    monkeypatch.setattr(detecting, "detect", look)
    monkeypatch.setattr(detecting, "_remembered", type(detecting._remembered)())
    yield go_on
    go_on.set()


def suggested(desk: Robot) -> list[PixelRect]:
    return [one.rect for one in desk.desk.picture._overlays if one.kind is OverlayKind.SUGGESTED]


async def look_at_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    await desk.ready(2)


@pytest.mark.usefixtures("hands")
async def test_mark__flaw_with_a_preset__is_drawn_taken_with_y_and_sent(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        before = desk.pressed
        await desk.keys("d", "t", "h")
        await desk.wait_until(lambda: suggested(desk) == list(HANDS))
        assert desk.says("hands: 2 places, y takes it")
        assert "y take suggested" in desk.footer
        await desk.keys("y")
        assert desk.desk.state.marking is not None
        assert desk.desk.state.marking.regions == HANDS
        assert suggested(desk) == [], "what is drawn need not be suggested"
        await desk.keys("S")
        assert desk.pressed - before == 5
        [(spec,)] = desk.rows("SELECT spec FROM mask")
        assert '"preset":"hands"' in spec.replace(" ", "")


@pytest.mark.usefixtures("hands")
async def test_mark__suggestion_taken__z_brings_back_what_was_drawn(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "=", *"4,4,20,10", "Enter", "t", "h")
        await desk.wait_until(lambda: bool(suggested(desk)))
        await desk.keys("y", "z")
        assert desk.desk.state.marking is not None
        assert desk.desk.state.marking.regions == (PixelRect(4, 4, 20, 10),)
        assert suggested(desk) == list(HANDS), "it can be taken again"


async def test_mark__detector_still_looks__keys_go_on_and_the_answer_comes_too_late(
    plain: Workspace, decoder: Decoder, hands: threading.Event
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        hands.clear()
        await desk.keys("d")
        desk._send("t")
        await desk.wait_until(lambda: desk.mode is Mode.CHOICE)
        for key in ("h", "y", "S"):
            desk._send(key)
        await desk.wait_until(lambda: desk.count("job") == 1, "nothing waited for the detector")
        hands.set()
        await desk.settle()
        assert suggested(desk) == []
        assert desk.mode is Mode.VIEW


async def test_mark__detector_is_absent__says_how_to_get_it_and_draws_nothing(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "readiness", lambda _: Readiness(False, "x is not installed", "pip install x"))
    monkeypatch.setattr(detecting, "_remembered", type(detecting._remembered)())
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "t", "h")
        await desk.wait_until(lambda: desk.says("hands suggested", "not installed", "pip install x"))
        await desk.keys("y")
        assert desk.says("nothing is suggested")
        assert desk.mode is Mode.MARK


@pytest.mark.usefixtures("hands")
async def test_mark__flaw_without_a_preset_or_with_nothing_found__suggests_nothing(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "t", "s")
        assert suggested(desk) == []
        await desk.keys("t", "f")
        await desk.wait_until(lambda: desk.says("no face was found in v2"))
        assert suggested(desk) == []


@pytest.mark.usefixtures("hands")
async def test_view__note_without_a_region__has_one_suggested_that_d_and_y_mark(
    plain: Workspace, decoder: Decoder
) -> None:
    annotate.write_note(plain, "hero", annotate.NoteRequest("six fingers", Flaw.HAND))
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".")
        await desk.wait_until(lambda: suggested(desk) == list(HANDS))
        assert "hands: d y" in desk.text
        await desk.keys("d", "y")
        assert desk.desk.state.marking is not None
        assert (desk.desk.state.marking.flaw, desk.desk.state.marking.regions) == (Flaw.HAND, HANDS)
        await desk.keys("Esc", "K")
        await desk.ready(1)
        assert suggested(desk) == [], "it was found in another version"
