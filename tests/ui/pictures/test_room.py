"""Which painter a view gets on which terminal."""

import pytest
from textual.app import App

from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.acknowledge import PictureHost
from reviewtui.ui.pictures.facts import TerminalFacts, TmuxFacts
from reviewtui.ui.pictures.painter import Canvas, Painter
from reviewtui.ui.pictures.room import PictureRoom
from tests.support.canvases import FakeView

CELL = PixelSize(9, 19)
XTERM = TerminalFacts(
    can=("sixel", "half", "text"), cell_px=CELL, name="XTerm(379)", sixel_limit_px=PixelSize(800, 600), rtt_ms=9
)
FOOT = TerminalFacts(can=("sixel", "half", "text"), cell_px=CELL, name="foot(1.21)")
WEZTERM = TerminalFacts(can=("iterm2", "sixel", "half", "text"), cell_px=CELL, name="WezTerm 2024")
SILENT = TerminalFacts()
TMUX = TmuxFacts(version="3.3a", passthrough=True, features=frozenset())


class _App(PictureHost, App[None]):
    pass


def painters(facts: TerminalFacts, wanted: str = "auto", views: int = 1) -> list[str]:
    room = PictureRoom(_App(), facts, wanted)

    def make(canvas: Canvas) -> Painter:
        return room.painter(canvas)

    made = [FakeView(make).painter for _ in range(views)]
    for painter in made:
        painter.close()
    return [painter.name for painter in made]


@pytest.mark.parametrize(
    ("facts", "wanted", "name"),
    [
        (XTERM, "auto", "sixel"),
        (WEZTERM, "auto", "iterm2"),
        (WEZTERM, "sixel", "sixel"),
        (SILENT, "auto", "half"),
        (SILENT, "text", "text"),
        (SILENT, "iterm2", "iterm2"),
        (XTERM, "half", "half"),
    ],
)
def test_room__terminal_and_wish__decide_the_painter(facts: TerminalFacts, wanted: str, name: str) -> None:
    assert painters(facts, wanted) == [name]


def test_room__sixel_without_a_known_cell_size__half_cells() -> None:
    assert painters(TerminalFacts(can=("sixel", "half", "text")), "sixel") == ["half"]


@pytest.mark.parametrize("wanted", ["sixel", "iterm2"])
def test_room__tmux_that_would_swallow_the_pictures__half_cells(wanted: str) -> None:
    assert painters(TerminalFacts(cell_px=CELL, tmux=TMUX), wanted) == ["half"]


def test_room__wish_that_cannot_be_granted__says_why() -> None:
    room = PictureRoom(_App(), TerminalFacts(cell_px=CELL, tmux=TMUX), "sixel")
    assert room.refusal == "tmux keeps Sixel from the terminal outside"
    assert PictureRoom(_App(), XTERM, "auto").refusal == ""


@pytest.mark.parametrize(
    ("facts", "wanted", "words"),
    [
        (XTERM, "kitty", "XTerm(379) does not take Kitty graphics"),
        (SILENT, "kitty", "the terminal never said"),
        (TerminalFacts(can=("sixel", "half", "text")), "sixel", "size of a character cell"),
        (TerminalFacts(tmux=TMUX, cell_px=CELL), "iterm2", "tmux keeps iTerm2 pictures"),
    ],
)
def test_room__switch_to_what_the_terminal_cannot__refuses_with_a_remedy(
    facts: TerminalFacts, wanted: str, words: str
) -> None:
    room = PictureRoom(_App(), facts)
    before = room.protocol
    with pytest.raises(UsageError) as refused:
        room.switch(wanted, [])
    assert words in refused.value.message
    assert f"--images {wanted}" in refused.value.remedy
    assert room.protocol == before


def test_room__switch__counts_the_pictures_of_a_forgetful_terminal_anew() -> None:
    room = PictureRoom(_App(), XTERM)
    FakeView(room.painter).painter.close()
    assert room.switch("half", []) == "half"
    assert room.switch("auto", []) == "sixel"
    again = FakeView(room.painter).painter
    assert again.name == "sixel"
    again.close()


def test_room__several_views_on_a_forgetful_terminal__one_has_its_pictures() -> None:
    assert painters(XTERM, views=3) == ["sixel", "half", "half"]
    assert painters(FOOT, views=3) == ["sixel", "sixel", "sixel"]
