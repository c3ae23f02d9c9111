"""What a detector finds becomes a mask of the version it was looked for in."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import find_detector
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.masks import rasterise
from reviewtui.model.errors import NotFoundError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.services import detecting
from reviewtui.services.detecting import detected_mask, region_of
from reviewtui.services.ingest import scan
from tests.support.desk import head_of, open_desk, paint, register

PORTRAIT = Path(__file__).parents[1] / "data" / "portrait.jpg"


def test_detected_mask__subject_and_background__are_each_others_opposite(workspace: Path) -> None:
    shutil.copy(PORTRAIT, workspace / "portrait.jpg")
    desk = open_desk(workspace)
    with Decoder() as decoder:
        scan(desk, decoder)
        version = head_of(desk, "portrait")
        subject, background = find_detector("subject"), find_detector("background")
        assert subject is not None
        assert background is not None
        man = detected_mask(desk, decoder, version, subject)
        rest = detected_mask(desk, decoder, version, background)
    whole = PixelRect.of_size(version.size)
    assert man.preset == "subject"
    assert np.array_equal(rasterise(man, whole), ~rasterise(rest, whole))
    desk.close()


def test_detected_mask__nothing_is_there__is_said(workspace: Path) -> None:
    paint(workspace / "a.png")
    desk = open_desk(workspace)
    register(desk)
    face = find_detector("face")
    assert face is not None
    with Decoder() as decoder, pytest.raises(NotFoundError, match=r"no face was found in v1 .*by hand"):
        detected_mask(desk, decoder, head_of(desk, "a"), face)
    desk.close()


def test_detected_mask__asked_again__is_not_looked_for_again(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(workspace / "a.png")
    desk = open_desk(workspace)
    register(desk)
    face = find_detector("face")
    assert face is not None
    looked: list[str] = []

    def look(detector: object, rgb: object, *, timeout_s: float) -> list[Box]:
        looked.append("once")
        return [Box(0.25, 0.25, 0.5, 0.5, 0.9)]

    monkeypatch.setattr(detecting, "detect", look)
    monkeypatch.setattr(detecting, "_remembered", type(detecting._remembered)())
    with Decoder() as decoder:
        masks = [detected_mask(desk, decoder, head_of(desk, "a"), face) for _ in range(2)]
    assert masks[0] == masks[1]
    assert masks[0].regions == (PixelRect(12, 10, 12, 10),)
    assert looked == ["once"]
    desk.close()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(0, 0, 1, 1, 1), PixelRect(0, 0, 10, 4)),
        (Box(1, 1, 1, 1, 1), PixelRect(9, 3, 1, 1)),
        (Box(0.26, 0.1, 0.34, 0.4, 1), PixelRect(2, 0, 2, 2)),
    ],
)
def test_region_of__any_box__is_inside_and_not_empty(box: Box, expected: PixelRect) -> None:
    assert region_of(box, PixelSize(10, 4)) == expected
