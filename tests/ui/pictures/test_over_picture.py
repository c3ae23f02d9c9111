"""Marks that cells carry over a picture."""

from types import SimpleNamespace
from typing import Any

import pytest

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.pictures.over_picture import OverPicture
from tests.support import pictures
from tests.support.canvases import ArraySource, wanted

GRAIN = PixelSize(6, 10)
FRAME = (Overlay(PixelRect(30, 20, 30, 30), OverlayKind.LOCK),)


@pytest.mark.parametrize("draws_lines", [False, True])
def test_exchange__another_picture_below__writes_lines_that_are_cells_again(draws_lines: bool) -> None:
    source = ArraySource("a", pictures.pixels(pictures.texture(80, 120)))
    painting: Any = SimpleNamespace(wanted=wanted(source, GRAIN))
    painter: Any = SimpleNamespace(draws_lines=draws_lines)
    over = OverPicture()
    first = over.exchange(painter, painting, FRAME)
    assert bool(first) is not draws_lines
    assert over.exchange(painter, painting, FRAME) == []
    assert over.exchange(painter, painting, FRAME, anew=True) == first
    assert over.exchange(painter, painting, (), anew=True) == first
