"""Half cells over a slow line: something soon, the rest row by row, and in the end exactly the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from rich.color import ColorSystem

from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures.cell_painter import CellPainter, CellPainting
from reviewtui.ui.pictures.cell_steps import cost_bytes, first_look, steps
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Patch
from reviewtui.ui.pictures.protocol import Drawing
from tests.support.painting import Scene, SmoothSource, slow_half_cells
from tests.support.textures import texture

DEPTH = ColorSystem.TRUECOLOR


def _drawing(seed: int = 1) -> Drawing:
    return HalfCells().draw(texture(60, 80, seed=seed), DEPTH)


def test_first_look__of_a_busy_picture__takes_few_bytes_and_has_its_colours() -> None:
    drawing = _drawing()
    first = first_look(drawing, DEPTH, 6_000)
    assert first.truth == PREVIEW
    assert first.cells == drawing.cells
    assert cost_bytes(first, None) < 7_500 < cost_bytes(drawing, None) / 5
    colors = np.array([[cell.bg for cell in row] for row in first.rows], dtype=float)
    exact = drawing.pixels.reshape(30, 2, 80, 3).mean(axis=1)
    assert np.abs(colors - exact).mean() < np.abs(exact - exact.mean(axis=(0, 1))).mean()


def test_steps__one_after_the_other__end_with_the_picture_itself() -> None:
    drawing = _drawing()
    first = first_look(drawing, DEPTH, 6_000)
    made = list(steps(first, drawing, 8_000))
    assert made[-1] is drawing
    shown = first
    for step in made:
        assert step.truth == (TRUE if step is drawing else PREVIEW)
        assert 0 < cost_bytes(step, shown) <= 8_000
        for row, encoded in zip(step.rows, step.encoded, strict=True):
            known = drawing if row in drawing.rows else first
            assert encoded in known.encoded
        shown = step


def test_cost__small_change__is_that_of_its_cells() -> None:
    pixels = texture(60, 80)
    changed = pixels.copy()
    changed[10:14, 20:30] = 255
    one, other = (HalfCells().draw(each, DEPTH) for each in (pixels, changed))
    assert cost_bytes(one, one) == 0
    assert cost_bytes(other, one) < cost_bytes(other, None) / 50


def _placed(scene: Scene) -> list[CellPainting]:
    """Place what arrives, as a view does, until nothing more does."""
    seen: list[CellPainting] = []
    while True:
        scene.settle()
        fresh = scene.arrivals[len(seen) :]
        if not fresh:
            return seen
        for painting in fresh:
            assert isinstance(painting, CellPainting)
            seen.append(painting)
            scene.place(painting)


def test_slow_line__picture__comes_as_a_first_look_and_then_to_its_end() -> None:
    scene = Scene(slow_half_cells)
    scene.painter.request(scene.wanted(SmoothSource("a", (3000, 2000))))
    seen = _placed(scene)
    assert len(seen) > 3
    assert [one.truth for one in seen] == [PREVIEW] * (len(seen) - 1) + [TRUE]
    # Nobody decides on a few runs of colour.
    assert scene.placings == [seen[-1]]


def test_slow_line__terminal_does_not_answer__goes_on_after_a_while() -> None:
    scene = Scene(slow_half_cells)
    scene.painter.request(scene.wanted(SmoothSource("a", (3000, 2000))))
    scene.until(lambda: bool(scene.arrivals))
    count = 0
    for _ in range(40):
        for painting in scene.arrivals[count:]:
            count += 1
            scene.place(painting)
        scene.line.waiting.clear()
        timers, scene.timers = scene.timers, []
        for _, call in timers:
            call()
    assert scene.arrivals[-1].truth == TRUE


def test_slow_line__another_picture_half_way__nothing_of_the_first_comes_any_more() -> None:
    scene = Scene(slow_half_cells)
    scene.painter.request(scene.wanted(SmoothSource("a", (3000, 2000))))
    scene.until(lambda: bool(scene.arrivals))
    scene.place(scene.arrivals[0])
    scene.painter.request(scene.wanted(SmoothSource("b", (3000, 2000))))
    count = len(scene.arrivals)
    scene.settle()
    assert len(scene.arrivals) > count
    assert all(one.wanted.source.key == "b" for one in scene.arrivals[count:])


def test_slow_line__small_change__comes_at_once() -> None:
    scene = Scene(slow_half_cells)
    source = SmoothSource("a", (3000, 2000))
    scene.painter.request(scene.wanted(source))
    _placed(scene)
    painter = scene.painter
    assert isinstance(painter, CellPainter)
    assert painter._slowly is not None
    painter._slowly.pace.bytes_per_s = 20_000
    count = len(scene.arrivals)
    patch = Patch(PixelRect(0, 0, 60, 60), np.full((60, 60, 3), 255, dtype=np.uint8))
    painting = scene.painter.request(replace(scene.wanted(source), patch=patch))
    if painting is None:
        scene.until(lambda: len(scene.arrivals) > count)
        painting = scene.arrivals[count]
    assert painting.truth == TRUE
    assert painting.wanted.patch is patch
