"""Moving about a picture that is in the terminal: no pixels again, in tmux by other cells of the same picture."""

from fractions import Fraction

import numpy as np
import pytest
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.kitty.painting import KittyPainting, Window, window_for
from reviewtui.ui.pictures.kitty.placeholders import DIACRITICS, MOST_CELLS, PLACEHOLDER
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Kinship, Painting, RowLook, Wanted
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.viewport import Viewport
from tests.support.painting import Scene, SmoothSource, kitty

FAST = 50_000_000.0
SLOW = 100_000.0


class NoisySource(SmoothSource):
    """A picture that does not compress."""

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        return np.random.default_rng(3).integers(0, 256, (target.height, target.width, 3), np.uint8)


def _scene(bytes_per_s: float, *, in_tmux: bool = True, cells: CellSize | None = None) -> Scene:
    return Scene(lambda one: kitty(one, in_tmux=in_tmux, bytes_per_s=bytes_per_s), cells=cells)


def _look_for_a_while(scene: Scene, wanted: Wanted) -> Painting:
    scene.show(wanted)
    placed = 0
    while placed != len(scene.arrivals):
        placed = len(scene.arrivals)
        scene.settle()
        if scene.arrivals:
            scene.place(scene.arrivals[-1])
        scene.settle()
    return scene.arrivals[-1]


def _written_rows(painting: Painting) -> str:
    look = RowLook(0, painting.cells.width, (22, 22, 22), ColorSystem.TRUECOLOR, {}, {})
    return "".join(painting.row(row, look).render(Console()) for row in range(painting.cells.height))


def _first_cell(painting: Painting) -> tuple[int, int]:
    """Row and column of the picture that the first cell names."""
    text = _written_rows(painting)
    marks = text[text.index(PLACEHOLDER) + 1 :][:2]
    return DIACRITICS.index(ord(marks[0])), DIACRITICS.index(ord(marks[1]))


def test_tmux__pan_at_one_to_one__names_other_cells_and_sends_nothing() -> None:
    scene = _scene(FAST)
    source = SmoothSource("a", (3000, 2000))
    view = scene.wanted(source).viewport.zoomed_to(1)
    painting = _look_for_a_while(scene, scene.wanted(source, view))
    row, column = _first_cell(painting)
    sent, loads = scene.line.step.kitty_sent, source.loads
    for step in range(1, 4):
        moved = scene.painter.request(scene.wanted(source, view.panned(step, 1)))
        assert moved is not None
        assert moved.truth == TRUE
        assert _first_cell(moved) == (row + 1, column + step)
        assert not moved.has_rows_of(painting)
        before = len(scene.line.text)
        scene.place(moved)
        assert len(scene.line.text) - before < 100
        assert len(_written_rows(moved).encode()) < 16 * 45 + 640 * 4
    assert (scene.line.step.kitty_sent, source.loads) == (sent, loads)


def test_tmux__zoom_in__shows_larger_cells_of_the_same_picture_until_a_sharper_one_comes() -> None:
    scene = _scene(SLOW)
    source = SmoothSource("a", (1600, 1280))
    wanted = scene.wanted(source)
    _look_for_a_while(scene, wanted)
    sent = scene.line.step.kitty_sent
    near = scene.wanted(source, wanted.viewport.zoomed_to(Fraction(1, 2)))
    painting = scene.painter.request(near)
    assert isinstance(painting, KittyPainting)
    assert painting.truth == PREVIEW
    assert painting.window is not None
    assert painting.window.whole == CellSize(80, 32)
    assert scene.line.step.kitty_sent == sent
    best = _look_for_a_while(scene, near)
    assert best.truth == TRUE
    assert scene.line.step.kitty_sent > sent


def test_tmux__too_near_for_its_cells__gets_a_crop_of_its_own() -> None:
    scene = _scene(SLOW)
    source = SmoothSource("a", (9000, 6000))
    wanted = scene.wanted(source)
    _look_for_a_while(scene, wanted)
    assert scene.painter.request(scene.wanted(source, wanted.viewport.zoomed_to(1))) is None


def test_tmux__looked_at_closely__gets_its_surroundings_when_idle() -> None:
    scene = _scene(SLOW)
    source = SmoothSource("a", (3000, 2000))
    view = scene.wanted(source).viewport.zoomed_to(1)
    _look_for_a_while(scene, scene.wanted(source, view))
    moved = scene.painter.request(scene.wanted(source, view.panned(3, 0)))
    assert moved is not None
    assert moved.truth != PREVIEW


def test_tmux__resized__the_old_picture_is_placed_in_the_new_room_at_once() -> None:
    for in_tmux in (False, True):
        scene = _scene(SLOW, in_tmux=in_tmux)
        source = SmoothSource("a", (1600, 1200))
        wanted = scene.wanted(source)
        _look_for_a_while(scene, wanted)
        sent = scene.line.step.kitty_sent
        painting = scene.painter.request(scene.wanted(source, wanted.viewport.resized(CellSize(31, 11))))
        assert painting is not None
        scene.place(painting)
        assert scene.line.step.kitty_sent == sent
        assert (painting.cells.width, painting.cells.height) <= (31, 11)


def test_kitty__storm_of_sizes__ends_on_the_last_one_and_leaves_nothing() -> None:
    for in_tmux in (False, True):
        scene = _scene(SLOW, in_tmux=in_tmux)
        source = SmoothSource("a", (1600, 1200))
        view = scene.wanted(source).viewport
        for step in range(40):
            cells = CellSize(20 + step * 7 % 60, 6 + step * 5 % 30)
            painting = scene.painter.request(scene.wanted(source, view.resized(cells)))
            if painting is not None:
                scene.place(painting)
            if step % 3 == 0:
                scene.turn()
        last = _look_for_a_while(scene, scene.wanted(source, view.resized(CellSize(44, 17))))
        assert last.truth == TRUE
        assert last.wanted.viewport.cells == CellSize(44, 17)
        assert scene.line.step.kitty_broken == 0
        terminal = scene.painter._terminal  # type: ignore[attr-defined]
        assert terminal.store.images == scene.line.images.stored


@pytest.mark.parametrize("number", [0.5, 3, 8])
def test_window__enlarged_or_reduced__is_inside_the_whole(number: float) -> None:
    scene = _scene(FAST)
    source = SmoothSource("a", (700, 500))
    view = Viewport(source.size, CellSize(40, 16), scene.painter.grain).zoomed_to(Fraction(number))
    resident = getattr(_look_for_a_while(scene, scene.wanted(source)), "resident")  # noqa: B009 - mypy
    for moved in (view, view.panned(7, 3), view.panned(-7, -3), view.panned(500, 500)):
        window = window_for(resident, scene.wanted(source, moved))
        if window is None:
            continue
        area = moved.area
        assert 0 <= window.column <= window.whole.width - area.width
        assert 0 <= window.row <= window.whole.height - area.height
        assert max(window.whole.width, window.whole.height) <= MOST_CELLS


def test_window__same_part__is_all_of_it() -> None:
    scene = _scene(FAST)
    wanted = scene.wanted(SmoothSource("a", (700, 500)))
    resident = getattr(_look_for_a_while(scene, wanted), "resident")  # noqa: B009 - mypy
    area = wanted.viewport.area
    assert window_for(resident, wanted) == Window(CellSize(area.width, area.height), 0, 0, True)


def test_kitty__frames_on_frames__flip_among_three_versions_in_a_few_bytes() -> None:
    for in_tmux in (False, True):
        scene = _scene(FAST, in_tmux=in_tmux)
        sources = {name: SmoothSource(name, (600, 400)) for name in ("v1", "v2", "v3")}
        kin = {
            "v1": Kinship("v2", PixelRect(100, 100, 40, 40)),
            "v2": Kinship("v1", PixelRect(100, 100, 40, 40)),
            "v3": Kinship("v2", PixelRect(300, 200, 50, 30)),
        }
        for name in ("v1", "v2", "v3"):
            _look_for_a_while(scene, scene.wanted(sources[name], kin=kin[name] if name != "v1" else None))
        assert scene.line.step.kitty_frames == 2
        assert len(scene.line.images.stored) == 1
        frames = []
        for name in ("v1", "v3", "v2", "v3", "v1"):
            before = len(scene.line.text)
            painting = scene.show(scene.wanted(sources[name], kin=kin[name]))
            assert painting.truth == TRUE
            assert len(scene.line.text) - before <= (64 if in_tmux else 24)
            frames.append(scene.line.shown[-1])
        assert [one.partition("c=")[2][0] for one in frames] == ["1", "3", "2", "3", "1"]


def test_kitty__change_known_at_closer_look__sends_the_part_of_the_larger_picture() -> None:
    scene = _scene(FAST, in_tmux=False)
    first, second = SmoothSource("a", (3000, 2000)), SmoothSource("b", (3000, 2000))
    view = scene.wanted(first).viewport.zoomed_to(1)
    _look_for_a_while(scene, scene.wanted(first, view))
    moved = view.panned(2, 1)
    scene.show(scene.wanted(first, moved))
    sent = scene.line.step.kitty_sent
    kin = Kinship("a", PixelRect(moved.box.x + 50, moved.box.y + 50, 60, 40))
    assert scene.show(scene.wanted(second, moved, kin)).truth == TRUE
    assert scene.line.step.kitty_sent == sent
    assert scene.line.step.kitty_frames == 1


def test_kitty__change_of_nearly_everything__is_another_picture() -> None:
    scene = _scene(FAST)
    _look_for_a_while(scene, scene.wanted(SmoothSource("a")))
    _look_for_a_while(scene, scene.wanted(SmoothSource("b"), kin=Kinship("a", PixelRect(0, 0, 400, 290))))
    assert scene.line.step.kitty_frames == 0


def test_kitty__palette_is_shown__the_part_is_sent_first_and_exact_pixels_follow() -> None:
    scene = _scene(SLOW)
    source = SmoothSource("a", (1600, 1280))
    scene.show(scene.wanted(source))
    scene.settle()
    scene.painter.prefetch(scene.wanted(SmoothSource("b", (1600, 1280)), kin=Kinship("a", PixelRect(10, 10, 300, 200))))
    scene.settle()
    assert scene.line.step.kitty_frames == 1
    assert scene.arrivals[-1].truth == TRUE


def test_kitty__two_whole_versions__become_frames_once_their_difference_is_known() -> None:
    scene = _scene(FAST, in_tmux=False)
    first, second = SmoothSource("a"), SmoothSource("b")
    for source in (first, second):
        _look_for_a_while(scene, scene.wanted(source))
    assert len(scene.line.images.stored) == 2
    scene.painter.prefetch(scene.wanted(first, kin=Kinship("b", PixelRect(10, 10, 40, 40))))
    scene.settle()
    assert len(scene.line.images.stored) == 1
    before = len(scene.line.text)
    assert scene.show(scene.wanted(first)).truth == TRUE
    assert len(scene.line.text) - before <= 24


@pytest.mark.parametrize("width", [297, 300, 420])
def test_tmux__wider_than_cells_can_be_named__is_told_to_the_view(width: int) -> None:
    scene = _scene(FAST, cells=CellSize(width, 40))
    most = scene.painter.most_cells
    assert most == CellSize(MOST_CELLS, MOST_CELLS)
    source = SmoothSource("a", (9000, 700))
    view = Viewport(source.size, CellSize(min(width, most.width), 40), scene.painter.grain)
    painting = _look_for_a_while(scene, scene.wanted(source, view))
    assert painting.cells.width == min(width, MOST_CELLS)
    assert _written_rows(painting).count(PLACEHOLDER) == painting.cells.width * painting.cells.height


def test_kitty__outside_tmux__fills_any_room() -> None:
    scene = _scene(FAST, in_tmux=False, cells=CellSize(420, 60))
    assert scene.painter.most_cells is None
    painting = _look_for_a_while(scene, scene.wanted(SmoothSource("a", (9000, 1000))))
    assert painting.cells.width == 420


@pytest.mark.parametrize("in_tmux", [False, True])
def test_kitty__cancelled_in_the_middle_of_a_frame__leaves_the_picture_as_it_was(in_tmux: bool) -> None:
    scene = _scene(SLOW, in_tmux=in_tmux)
    source = SmoothSource("a", (1600, 1280))
    _look_for_a_while(scene, scene.wanted(source))
    kin = Kinship("a", PixelRect(0, 0, 1200, 900))
    noisy = NoisySource("b", (1600, 1280))
    scene.painter.request(scene.wanted(noisy, kin=kin))
    for _ in range(4000):
        if scene.line.images.is_open:
            break
        # Only what the threads finished; nothing is answered, so that the frame stays half sent.
        waiting, scene.line.waiting = scene.line.waiting, []
        scene.turn()
        scene.line.waiting = waiting + scene.line.waiting
    assert scene.line.images.is_open
    scene.painter.request(scene.wanted(source))
    scene.settle()
    image = max(scene.line.images.stored)
    assert scene.line.images.frames[image] == 1
    assert scene.line.step.kitty_broken == 0
    again = _look_for_a_while(scene, scene.wanted(noisy, kin=kin))
    assert again.wanted.source.key == "b"
    assert scene.line.step.kitty_broken == 0
