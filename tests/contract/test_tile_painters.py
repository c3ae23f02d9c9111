"""What every painter of small pictures must keep: each once, where it belongs, and nothing that is out of view."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from reviewtui.model.geometry import CellRect
from reviewtui.ui.pictures.raster import ItermCode, SixelCode
from reviewtui.ui.pictures.tiles import Tile, TilePainter
from tests.support.tiling import SmallSource, TileScene, half_cells, kitty, raster, tiles

PAINTERS: dict[str, Callable[[TileScene], TilePainter]] = {
    "half": half_cells,
    "kitty": kitty,
    "kitty slow": lambda scene: kitty(scene, bytes_per_s=20_000),
    "kitty in tmux": lambda scene: kitty(scene, in_tmux=True),
    "sixel": lambda scene: raster(scene, SixelCode(most_pieces=None)),
    "sixel of xterm": lambda scene: raster(scene, SixelCode()),
    "iterm2": lambda scene: raster(scene, ItermCode()),
}
RESIDENT = ("kitty", "kitty slow", "kitty in tmux")


@pytest.fixture(params=PAINTERS, ids=lambda name: name.replace(" ", "-"))
def scene(request: pytest.FixtureRequest) -> TileScene:
    return TileScene(PAINTERS[request.param])


@pytest.fixture(params=RESIDENT, ids=lambda name: name.replace(" ", "-"))
def resident(request: pytest.FixtureRequest) -> TileScene:
    return TileScene(PAINTERS[request.param])


def keys(some: list[Tile]) -> set[str]:
    return {tile.source.key for tile in some}


def source(tile: Tile) -> SmallSource:
    assert isinstance(tile.source, SmallSource)
    return tile.source


def test_tiles__in_view__all_come_and_fit_their_rooms(scene: TileScene) -> None:
    some = tiles("abcdef")
    scene.view(some)
    scene.settle()
    assert {key.key for key in scene.arrivals} == keys(some)
    for tile in some:
        picture = scene.painter.find(tile)
        assert picture is not None
        assert (picture.cells.width, picture.cells.height) == (24, 9)
        assert picture.row(0).cell_length == 24
        assert [part.cell_length for part in picture.row(8).divide([5, 24])] == [5, 19]
    assert scene.line.step.kitty_broken == 0


def test_tiles__shown__another_frame_writes_nothing(scene: TileScene) -> None:
    some = tiles("abcdef")
    scene.view(some)
    scene.settle()
    written = len(scene.line.text)
    scene.view(some)
    scene.settle()
    assert len(scene.line.text) == written
    is_slow = scene.line.step.kitty_sent == 12
    assert [source(tile).loads for tile in some] == [2 if is_slow else 1] * 6


def test_tiles__out_of_view_before_their_turn__are_neither_loaded_nor_sent(scene: TileScene) -> None:
    gate = threading.Event()
    some, others = tiles("abcdefghi"), tiles("uvw")
    for tile in some:
        source(tile).gate = gate.wait
    for _ in range(3):
        scene.view(some)
        scene.turn()
    scene.view(others)
    gate.set()
    scene.settle()
    assert sum(source(tile).loads for tile in some) <= 2
    assert {key.key for key in scene.arrivals} <= keys(others) | {"a", "b"}
    sent = scene.pictures_sent
    assert sent <= len(others) * 2
    assert all(scene.painter.find(tile) is not None for tile in others)


def test_tiles__one_that_is_broken__stays_empty_and_the_others_come(scene: TileScene) -> None:
    some = tiles("abcd", broken="b")
    scene.view(some)
    scene.settle()
    assert [scene.painter.find(tile) is None for tile in some] == [False, True, False, False]
    scene.view(some)
    scene.settle()
    assert source(some[1]).loads == 1


def test_tiles__same_picture_twice__is_loaded_once(scene: TileScene) -> None:
    one = SmallSource("a")
    rooms = [CellRect(26 * n, 1, 24, 9) for n in range(3)]
    scene.view([Tile(one, room) for room in rooms])
    scene.settle()
    assert one.loads <= 2
    assert scene.line.step.kitty_sent <= 2


def test_tiles__closed_in_the_middle__say_no_more(scene: TileScene) -> None:
    gate = threading.Event()
    some = tiles("abc")
    for tile in some:
        source(tile).gate = gate.wait
    scene.view(some)
    scene.painter.close()
    gate.set()
    for _ in range(20):
        scene.turn()
    assert scene.arrivals == []
    assert scene.pictures_sent == 0


def test_tiles__scrolled_half_out_of_view__are_cut_at_the_edge(scene: TileScene) -> None:
    some = tiles("abcdefghijkl")
    scene.view(some, top=5)
    scene.settle()
    rows = [int(one.split(";")[0]) for one in scene.line.text.replace("\x1b[", "\n").split("\n") if "H" in one[:7]]
    assert min(rows) >= 1
    assert max(rows) <= 40
    assert scene.line.step.kitty_broken == 0


# Where pictures stay in the terminal


def test_tiles__scrolled_back_and_opened_again__send_no_pixels(resident: TileScene) -> None:
    scene, first, second = resident, tiles("abcdef"), tiles("ghijkl")
    for some in (first, second):
        scene.view(some)
        scene.settle()
    sent = scene.line.step.kitty_sent
    for some in (first, second, first):
        scene.view(some)
        scene.settle()
    scene.painter.withdraw()
    scene.view(second)
    scene.settle()
    assert scene.line.step.kitty_sent == sent


def test_tiles__scrolled_by_a_band__sends_only_what_is_new(resident: TileScene) -> None:
    scene, some = resident, tiles("abcdefghi")
    scene.view(some[:6])
    scene.settle()
    sent = scene.line.step.kitty_sent
    scene.view(some[3:], top=11)
    scene.settle()
    assert scene.line.step.kitty_sent - sent <= 3 * (2 if scene.painter.name == "kitty" else 1)
    assert sum(source(tile).loads for tile in some[:6]) <= 12


def test_tiles__withdrawn__leave_no_placement(resident: TileScene) -> None:
    scene = resident
    scene.view(tiles("abcdef"))
    scene.settle()
    scene.painter.withdraw()
    scene.settle()
    assert scene.terminal is not None
    if not scene.terminal.in_tmux:
        placed = [one for one in scene.line.text.split("\x1b_G") if one.startswith("a=p")]
        taken = [one for one in scene.line.text.split("\x1b_G") if one.startswith("a=d,d=i")]
        assert len({one.split(",r=")[0].split(",c=")[0] for one in placed}) == len(taken) > 0


def test_tiles__more_than_the_bound__are_really_freed(resident: TileScene) -> None:
    bound = 12 * 240 * 180 * 4
    assert resident.terminal is not None
    scene = TileScene(lambda one: kitty(one, in_tmux=resident.terminal.in_tmux, limit_bytes=bound))  # type: ignore[union-attr]
    terminal = scene.terminal
    assert terminal is not None
    for step in range(40):
        scene.view(tiles("".join(chr(0x4E00 + 3 * step + n) for n in range(6))))
        scene.settle()
        assert terminal.small.held_bytes <= bound
        assert scene.line.images.stored == terminal.images
    scene.painter.close()
    assert scene.line.images.stored == terminal.images
    assert scene.line.step.kitty_broken == 0


def test_tiles__dropped_by_the_terminal__come_again(resident: TileScene) -> None:
    scene = resident
    some = tiles("abc")
    scene.view(some)
    scene.settle()
    assert scene.terminal is not None
    sent = scene.line.step.kitty_sent
    image = next(iter(scene.terminal.small.images))
    scene.line.images.stored.discard(image)
    scene.terminal.answered(f"Gi={image};ENOENT:no such picture")
    scene.settle()
    assert scene.line.step.kitty_sent > sent
    assert all(scene.painter.find(tile) is not None for tile in some)


def test_tiles__another_terminal_came__come_again(resident: TileScene) -> None:
    scene = resident
    scene.view(tiles("abc"))
    scene.settle()
    assert scene.terminal is not None
    sent = scene.line.step.kitty_sent
    scene.terminal.forget_all()
    scene.settle()
    assert scene.line.step.kitty_sent >= sent + 3


def test_tiles__refused_again_and_again__are_given_up(resident: TileScene) -> None:
    scene = resident
    some = tiles("a")
    scene.view(some)
    scene.settle()
    assert scene.terminal is not None
    for _ in range(10):
        for image in scene.terminal.small.images:
            scene.terminal.answered(f"Gi={image};EINVAL:no")
        scene.settle()
    assert scene.painter.find(some[0]) is None


def test_tiles__on_a_slow_line__each_has_a_first_look_before_any_is_sharp() -> None:
    scene = TileScene(PAINTERS["kitty slow"])
    some = tiles("abcdef")
    scene.view(some)
    scene.settle()
    order = [key.key for key in scene.arrivals]
    assert sorted(order[:6]) == list("abcdef")
    assert sorted(order[6:]) == list("abcdef")
    assert scene.line.step.kitty_sent == 12
    assert scene.terminal is not None
    assert len(scene.line.images.stored) == 6, "first looks are freed"


# Where pictures live in cells


@pytest.mark.parametrize("name", ["sixel", "iterm2"])
def test_tiles__covered_for_a_while__are_drawn_again_where_they_were(name: str) -> None:
    scene = TileScene(PAINTERS[name])
    scene.view(tiles("abcdef"))
    scene.settle()
    assert scene.pictures_sent == 6
    scene.cover(CellRect(2, 3, 10, 2))
    scene.settle()
    assert scene.pictures_sent == 7
    drawn = scene.line.text[scene.line.text.rindex("\x1b7") :]
    assert drawn.startswith("\x1b7\x1b[4;1H"), "only the rows that were written"


def test_tiles__in_xterm__stand_in_few_pieces_and_none_is_forgotten() -> None:
    scene = TileScene(PAINTERS["sixel of xterm"])
    for start in range(3):
        scene.view(tiles("abcdefghijklmnopqr"[start * 3 :])[:9])
        scene.settle()
    assert scene.pictures_sent <= 9, "three neighbours are one picture"
    for _ in range(20):
        scene.cover(CellRect(2, 3, 10, 2))
        scene.settle()
    pieces = [one for one in scene.line.text.split("\x1b7")[1:] if "\x1bP" in one][-15:]
    begins = {one[: one.index("H")] for one in pieces}
    assert begins == {"\x1b[2;1", "\x1b[13;1", "\x1b[24;1"}, "every band is among what xterm remembers"


def test_tiles__at_the_last_row_of_the_screen__do_not_reach_it() -> None:
    scene = TileScene(PAINTERS["sixel"])
    room = CellRect(0, 31, 24, 9)
    scene.view([Tile(SmallSource("a"), room)])
    scene.settle()
    raster_size = scene.line.text.split('q"1;1;')[1].split("#")[0]
    assert raster_size == f"240;{8 * 20}"
