"""Overlays on Kitty: exact to the pixel, a few bytes a step, no picture twice, nothing left behind."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.kitty import overlay_images
from reviewtui.ui.pictures.kitty.overlay_pieces import Ground, Piece, pieces_for, sheets_for
from reviewtui.ui.pictures.kitty.overlay_sheets import (
    CORNERS,
    STYLES,
    Sheet,
    SheetLook,
    empty_px,
    sheet_payload,
    unit_for,
)
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.viewport import Viewport
from tests.support.painting import Scene, SmoothSource, kitty

CELL = PixelSize(10, 20)
LIGHT, ACCENT = (230, 230, 230), (140, 180, 230)
LOOK = SheetLook(PixelSize(600, 400), 1, LIGHT, ACCENT)
COLORS = dict.fromkeys(OverlayKind, LIGHT) | {OverlayKind.MASK_ACTIVE: ACCENT}
FRAMES = sorted(STYLES)

Rgba = NDArray[np.uint8]


def _decoded(sheet: Sheet) -> Rgba:
    with Image.open(io.BytesIO(base64.b64decode(sheet_payload(sheet, LOOK)))) as image:
        return np.asarray(image.convert("RGBA"))


SHEETS = {sheet: _decoded(sheet) for sheet in Sheet}


def _drawn(pieces: list[Piece], size: PixelSize) -> Rgba:
    """What a terminal shows of cut-outs over nothing; what does not fit raises."""
    canvas = np.zeros((size.height, size.width, 4), np.uint8)
    for piece in pieces:
        part = piece.source
        sheet = SHEETS[piece.sheet]
        assert PixelRect(0, 0, sheet.shape[1], sheet.shape[0]).contains_rect(part)
        assert piece.x >= 0
        assert piece.y >= 0
        cut = sheet[part.y : part.bottom, part.x : part.right]
        target = canvas[piece.y : piece.y + part.height, piece.x : piece.x + part.width]
        assert target.shape == cut.shape
        target[cut[..., 3] > 0] = cut[cut[..., 3] > 0]
    return canvas


def _ground(viewport: Viewport, seen: CellRect | None = None, *, cornered: bool = False) -> Ground:
    area = viewport.area
    return Ground(
        viewport, seen or CellRect(0, 0, area.width, area.height), LOOK, frozenset(CORNERS if cornered else ())
    )


def _whole_view(width: int = 600, height: int = 400) -> Viewport:
    return Viewport(PixelSize(width, height), CellSize(60, 20), CELL)


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("cornered", [False, True])
def test_frame__drawn__stands_just_around_its_region(kind: OverlayKind, cornered: bool) -> None:
    rect = PixelRect(123, 77, 205, 131)
    view = _whole_view()
    shown = _drawn(pieces_for([Overlay(rect, kind)], _ground(view, cornered=cornered)), view.shown)[..., 3] > 0
    thickness = LOOK.thickness_px(STYLES[kind])
    outer = rect.grown(thickness)
    beyond = shown.copy()
    beyond[outer.y : outer.bottom, outer.x : outer.right] = False
    assert not beyond.any()
    inside = shown[rect.y : rect.bottom, rect.x : rect.right]
    assert inside.any() == (kind is OverlayKind.LOCK)
    for line in (
        shown[outer.y : rect.y, outer.x : outer.right],
        shown[rect.bottom : outer.bottom, outer.x : outer.right],
        shown[outer.y : outer.bottom, outer.x : rect.x].T,
        shown[outer.y : outer.bottom, rect.right : outer.right].T,
    ):
        assert line.shape[0] == thickness
        # Solid lines have no gaps, broken ones are seen at least half of the way.
        assert line.any(axis=0).mean() >= (1.0 if LOOK.period_px(STYLES[kind]) == 1 else 0.5)


def test_frame__any_picture__has_a_dark_and_a_light_line() -> None:
    rect = PixelRect(100, 100, 50, 50)
    shown = _drawn(pieces_for([Overlay(rect, OverlayKind.NOTE)], _ground(_whole_view())), PixelSize(600, 400))
    assert shown[99, 120, :3].tolist() == list(LIGHT)
    assert shown[98, 120, :3].max() < 40


def test_frame__at_the_pictures_edge__moves_inwards() -> None:
    rect = PixelRect.of_size(PixelSize(600, 400))
    shown = _drawn(pieces_for([Overlay(rect, OverlayKind.NOTE)], _ground(_whole_view())), rect.size)[..., 3] > 0
    assert shown[:2].all()
    assert shown[-2:].all()
    assert shown[:, :2].all()
    assert shown[:, -2:].all()
    assert not shown[2:-2, 2:-2].any()


@settings(max_examples=60, deadline=None)
@given(
    x=st.integers(-50, 590), y=st.integers(-50, 390), width=st.integers(1, 700), height=st.integers(1, 500),
    zoom=st.sampled_from([None, Fraction(1, 2), Fraction(1), Fraction(3), Fraction(8)]),
    center=st.tuples(st.integers(0, 600), st.integers(0, 400)),
    kind=st.sampled_from(sorted(OverlayKind)), seen=st.tuples(st.integers(0, 20), st.integers(0, 8)),
)  # fmt: skip
def test_pieces__any_view__draw_the_frame_and_nothing_else(
    x: int, y: int, width: int, height: int, zoom: Fraction | None, center: tuple[int, int], kind: OverlayKind,
    seen: tuple[int, int],
) -> None:  # fmt: skip
    size = PixelSize(600, 400)
    rect = PixelRect(x, y, width, height).clamped(size)
    if rect is None:
        return
    view = Viewport(size, CellSize(40, 14), CELL, zoom, Fraction(center[0]), Fraction(center[1]))
    area = view.area
    part = CellRect(
        min(seen[0], area.width - 1), min(seen[1], area.height - 1),
        max(area.width - seen[0], 1), max(area.height - seen[1], 1),
    )  # fmt: skip
    for cornered in (False, True):
        ground = _ground(view, part, cornered=cornered)
        lit = _drawn(pieces_for([Overlay(rect, kind)], ground), view.shown)[..., 3] > 0
        assert not lit[: part.y * CELL.height].any()
        assert not lit[:, : part.x * CELL.width].any()
        if kind in (OverlayKind.LOCK, OverlayKind.CORNER):
            continue
        t = LOOK.thickness_px(STYLES[kind])
        left, top, right, bottom = ground.around(rect, t)
        rows, columns = np.arange(view.shown.height)[:, None], np.arange(view.shown.width)
        outer = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
        inner = (rows >= top + t) & (rows < bottom - t) & (columns >= left + t) & (columns < right - t)
        seen_part = (rows >= part.y * CELL.height) & (columns >= part.x * CELL.width)
        line = outer & ~inner & seen_part
        assert not (lit & ~line).any()
        if LOOK.period_px(STYLES[kind]) == 1:
            assert (lit == line).all()


def test_hatching__picture_moved__moves_with_it() -> None:
    view = _whole_view(3000, 2000).zoomed_to(1)
    rect = PixelRect(1300, 900, 300, 300)

    def inside(viewport: Viewport) -> Rgba:
        drawn = _drawn(pieces_for([Overlay(rect, OverlayKind.LOCK)], _ground(viewport)), viewport.shown)
        left, top = rect.x - viewport.box.x, rect.y - viewport.box.y
        return drawn[top : top + 150, left : left + 150]

    first = inside(view)
    assert 0.05 < (first[..., 3] > 0).mean() < 0.2
    assert np.array_equal(first, inside(view.panned(3, 1)))


def test_hatching__larger_than_its_sheet__has_no_seam() -> None:
    look = SheetLook(PixelSize(5000, 300), 1, LIGHT, ACCENT)
    view = Viewport(PixelSize(5000, 200), CellSize(500, 10), CELL)
    ground = Ground(view, CellRect(0, 0, 500, 10), look, frozenset())
    pieces = [
        one
        for one in pieces_for([Overlay(PixelRect(7, 0, 4900, 200), OverlayKind.LOCK)], ground)
        if one.sheet is Sheet.HATCH
    ]
    assert len(pieces) > 1
    phases = {(piece.source.x + piece.source.y - piece.x - piece.y) % look.hatch_px for piece in pieces}
    assert len(phases) == 1
    assert sum(piece.source.width for piece in pieces) == 4900


@pytest.mark.parametrize("sheet", Sheet)
def test_sheet__has_a_pixel_that_shows_nothing_and_few_bytes(sheet: Sheet) -> None:
    x, y = empty_px(sheet, LOOK)
    assert SHEETS[sheet][y, x, 3] == 0
    assert len(sheet_payload(sheet, LOOK)) < 2000


def test_lines__large_cells__are_as_thick_as_they_look() -> None:
    assert [unit_for(PixelSize(8, height)) for height in (12, 20, 36, 60)] == [1, 1, 2, 3]


def test_corners__huge_room__are_not_worth_their_memory() -> None:
    huge = SheetLook(PixelSize(3840, 2160), 1, LIGHT, ACCENT)
    overlays = [Overlay(PixelRect(0, 0, 9, 9), OverlayKind.MASK_ACTIVE)]
    assert sheets_for(overlays, huge, dragged=True) == {Sheet.ACROSS, Sheet.DOWN}


# On a line

NEVER_CALM_S = 50.0


@pytest.fixture(autouse=True)
def never_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only ``_calm`` brings a calm moment."""
    monkeypatch.setattr(overlay_images, "_CALM_S", NEVER_CALM_S)


def _calm(scene: Scene) -> None:
    due = [call for delay_s, call in scene.timers if delay_s == NEVER_CALM_S]
    scene.timers = [one for one in scene.timers if one[0] != NEVER_CALM_S]
    for call in due:
        call()
    scene.settle()


def _scene(**options: Any) -> Scene:
    scene = Scene(lambda one: kitty(one, **options))
    _settled(scene, SmoothSource("a", (400, 300)))
    return scene


def _settled(scene: Scene, source: SmoothSource) -> None:
    scene.show(scene.wanted(source))
    scene.settle()
    scene.place(scene.arrivals[-1])
    scene.settle()


def _overlay(scene: Scene, *overlays: Overlay) -> str:
    before = len(scene.line.text)
    scene.painter.overlay(overlays, COLORS)
    scene.settle()
    return scene.line.text[before:]


def _mask(step: int, *, wider: int = 0) -> list[Overlay]:
    rect = PixelRect(60 + 10 * step, 80, 120 + wider, 90)
    return [
        Overlay(rect, OverlayKind.MASK_ACTIVE),
        Overlay(rect.grown(12 + step % 2), OverlayKind.RING),
        Overlay(PixelRect(rect.right - 1, rect.bottom - 1, 1, 1), OverlayKind.CORNER),
    ]


def _step(scene: Scene, *overlays: Overlay) -> str:
    """What is written at once, before anything else happens."""
    before = len(scene.line.text)
    scene.painter.overlay(overlays, COLORS)
    return scene.line.text[before:]


@pytest.mark.parametrize("in_tmux", [False, True])
def test_mask__first_and_further_steps__cost_little_and_send_no_picture(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux, bytes_per_s=50_000_000)
    sent = scene.line.step.kitty_sent
    scene.painter.overlay((), COLORS)
    _calm(scene)
    # What first frames are made of came in a calm moment.
    assert scene.line.step.kitty_sent - sent == 3
    for step in (0, 1):
        assert 0 < len(_step(scene, *_mask(step))) <= (650 if in_tmux else 600)
    assert scene.line.step.kitty_sent - sent == 3
    _calm(scene)
    sheets = scene.line.step.kitty_sent
    assert sheets - sent == 7
    for step in range(2, 9):
        for wider in (0, 7):
            said = _step(scene, *_mask(step, wider=wider))
            assert 0 < len(said) < (420 if in_tmux else 340)
    assert _overlay(scene, *_mask(8, wider=7)) == ""
    assert scene.line.step.kitty_sent == sheets
    assert scene.line.step.kitty_broken == 0


@pytest.mark.parametrize("in_tmux", [False, True])
def test_mask__dragged_without_a_calm_moment__gets_its_corners_all_the_same(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux)
    for step in range(6):
        _overlay(scene, *_mask(step))
    assert len(_step(scene, *_mask(6))) > 0
    assert len(_step(scene, *_mask(7))) < (420 if in_tmux else 340)


@pytest.mark.parametrize("in_tmux", [False, True])
def test_overlays__hidden__take_no_picture_away_and_come_back_without_pixels(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux)
    _overlay(scene, *_mask(0))
    sent = scene.line.step.kitty_sent
    assert "a=d" not in _overlay(scene)
    said = _overlay(scene, *_mask(0))
    assert said.count("a=p") == 9
    assert scene.line.step.kitty_sent == sent


class _NoisySource(SmoothSource):
    """A picture that nothing makes small."""

    def load(self, box: PixelRect, target: PixelSize) -> NDArray[np.uint8]:
        return np.random.default_rng(1).integers(0, 256, (target.height, target.width, 3), dtype=np.uint8)


def _open_upload(scene: Scene) -> None:
    """A picture of which a part was written."""
    scene.painter.request(scene.wanted(_NoisySource("big", (3000, 2000))))
    scene.until(lambda: scene.line.images._open is not None)


def test_overlays__while_a_picture_is_sent__move_at_once_and_break_nothing() -> None:
    scene = _scene(bytes_per_s=20_000)
    _overlay(scene, *_mask(0))
    _open_upload(scene)
    before = len(scene.line.text)
    scene.painter.overlay(_mask(1), COLORS)
    scene.painter.overlay((), COLORS)
    assert "a=p" in scene.line.text[before:]
    scene.settle()
    assert scene.line.step.kitty_broken == 0


def test_overlays__first_ones_while_a_picture_is_sent__come_right_behind_it() -> None:
    scene = _scene(bytes_per_s=20_000)
    _open_upload(scene)
    scene.painter.overlay(_mask(0), COLORS)
    scene.settle()
    assert scene.line.step.kitty_broken == 0
    assert len([one for one in scene.line.shown if re.search(r",i=[1-9],", one)]) >= 9


def test_overlays__picture_withdrawn_and_shown_again__go_and_come_with_it() -> None:
    scene = _scene()
    _overlay(scene, *_mask(0))
    deleted = scene.line.step.kitty_deleted
    scene.painter.withdraw()
    assert scene.line.step.kitty_deleted - deleted == 1 + 9
    before = len(scene.line.text)
    scene.place(scene.arrivals[-1])
    scene.settle()
    assert scene.line.text[before:].count("a=p") == 1 + 9


def test_overlays__zoomed__follow_what_is_placed() -> None:
    scene = _scene(bytes_per_s=50_000_000)
    note = Overlay(PixelRect(195, 145, 10, 10), OverlayKind.NOTE)
    _overlay(scene, note)
    source = SmoothSource("a", (400, 300))
    view = scene.wanted(source).viewport.zoomed_to(8)
    before = len(scene.line.text)
    scene.show(scene.wanted(source, view))
    scene.settle()
    found = re.findall(r"i=1,p=\d+(?:,x=\d+)?(?:,y=\d+)?,w=(\d+)", scene.line.text[before:])
    assert {int(width) for width in found} == {80 + 2 * LOOK.thickness_px(STYLES[OverlayKind.NOTE])}


def test_overlays__in_tmux__hang_on_the_picture_that_is_shown() -> None:
    scene = _scene(in_tmux=True)
    _overlay(scene, *_mask(0))

    def parents() -> set[str]:
        """Of every placement, as it was told last."""
        told = {}
        for one in scene.line.shown:
            if found := re.search(r"i=(\d+),p=(\d+).*,P=(\d+),Q=1", one):
                told[found[1], found[2]] = found[3]
        return set(told.values())

    first = parents()
    assert len(first) == 1
    _settled(scene, SmoothSource("b", (400, 300)))
    assert len(parents()) == 1
    assert parents() != first


def test_overlays__in_tmux_under_a_dialog__hide() -> None:
    scene = _scene(in_tmux=True)
    _overlay(scene, *_mask(0))
    before = len(scene.line.text)
    scene.painter.cover(covered=True)
    hidden = scene.line.text[before:]
    assert hidden.count("w=1,h=1") == 9
    scene.painter.cover(covered=False)
    assert scene.line.text[before + len(hidden) :].count("a=p") == 9


def test_overlays__outside_tmux__lie_above_pictures_and_below_dialogs() -> None:
    scene = _scene()
    said = _overlay(scene, *_mask(0))
    heights = {int(z) for z in re.findall(r",z=(-?\d+)", said)}
    pictures = {int(z) for z in re.findall(r",z=(-?\d+)", scene.line.text)} - heights
    assert max(pictures) < min(heights)
    assert max(heights) < -1_073_741_824
    scene.painter.cover(covered=True)
    assert scene.line.text.endswith(said[-20:])


def test_overlays__terminal_lost_everything__are_sent_again() -> None:
    scene = _scene()
    _overlay(scene, *_mask(0))
    scene.line.images.stored.clear()
    sent = scene.line.step.kitty_sent
    scene.painter._terminal.forget_all()  # type: ignore[attr-defined]
    scene.settle()
    scene.place(scene.arrivals[-1])
    scene.settle()
    assert scene.line.step.kitty_sent > sent + 3
    assert {1, 2, 8} <= scene.line.images.stored


def test_overlays__terminal_dropped_a_sheet__are_sent_again_with_the_next_step_but_not_for_ever() -> None:
    scene = _scene()
    terminal = scene.painter._terminal  # type: ignore[attr-defined]
    _overlay(scene, *_mask(0))
    sent = scene.line.step.kitty_sent
    terminal.answered("Gi=2,p=1;ENOENT:no such image")
    _overlay(scene, *_mask(1))
    assert scene.line.step.kitty_sent >= sent + 3
    for step in range(2, 30):
        terminal.answered("Gi=2,p=1;ENOENT:no such image")
        _overlay(scene, *_mask(step % 9))
    assert scene.line.step.kitty_sent < sent + 60
    sent = scene.line.step.kitty_sent
    terminal.answered("Gi=2,p=1;ENOENT:no such image")
    _overlay(scene, *_mask(0))
    assert scene.line.step.kitty_sent == sent


def test_overlays__other_colours__are_drawn_anew() -> None:
    scene = _scene()
    _overlay(scene, *_mask(0))
    sent = scene.line.step.kitty_sent
    scene.painter.overlay(_mask(0), dict.fromkeys(OverlayKind, (10, 20, 30)))
    scene.settle()
    assert scene.line.step.kitty_sent == sent + 3


@pytest.mark.parametrize("in_tmux", [False, True])
def test_overlays__closed__nothing_is_left(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux)
    for step in range(4):
        _overlay(scene, *_mask(step))
    _overlay(scene, *_mask(0), Overlay(PixelRect(5, 5, 40, 40), OverlayKind.LOCK, "lock"))
    terminal = scene.painter._terminal  # type: ignore[attr-defined]
    assert terminal.images == scene.line.images.stored
    scene.painter.close()
    from reviewtui.ui.pictures.kitty import commands

    terminal.transport.close([commands.drop(image) for image in sorted(terminal.images)])
    assert scene.line.images.stored == set()


def test_overlays__two_views__have_placements_of_their_own() -> None:
    from reviewtui.ui.pictures.kitty.painter import KittyPainter

    scene = _scene()
    other: Callable[[Scene], KittyPainter] = lambda one: KittyPainter(one, scene.painter._terminal)  # type: ignore[attr-defined] # noqa: E731
    second = Scene(other)
    second.line = scene.line
    _settled(second, SmoothSource("c", (400, 300)))
    _overlay(scene, *_mask(0))
    _overlay(second, *_mask(0))
    told = [re.search(r"i=(\d+),p=(\d+)", one) for one in scene.line.shown]
    sheets = [(found[1], found[2]) for found in told if found and int(found[1]) < 16]
    assert len(sheets) == len(set(sheets)) == 18
