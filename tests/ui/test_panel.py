"""Rows of the panel: what is too long for a line goes on under its words."""

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.workspace import Workspace
from reviewtui.ui.text import styled, text
from reviewtui.ui.widgets.panel import PanelRow
from tests.support.robot import at_desk

LABEL = styled(" sha256   ", "$role-muted")
LONG = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("words", "width_cells", "expected"),
    [
        ("short", 40, [" sha256   short"]),
        ("one two three", 21, [" sha256   one two", "          three"]),
        (LONG, 42, [f" sha256   {LONG[:32]}", f"          {LONG[32:]}"]),
    ],
)
def test_lines__of_a_row__goes_on_under_its_words(words: str, width_cells: int, expected: list[str]) -> None:
    row = PanelRow(LABEL + text(words), indent_cells=10)
    assert [one.plain.rstrip() for one in row.lines(width_cells)] == expected


def test_lines__without_an_indent_or_room__are_one() -> None:
    assert len(PanelRow(LABEL + text(LONG)).lines(40)) == 1
    assert len(PanelRow(LABEL + text(LONG), indent_cells=10).lines(0)) == 1


async def test_inspector__in_a_small_terminal__shows_the_whole_hash(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.resize(80, 24)
        await desk.keys("i")
        version = desk.desk.state.shown_version
        assert version is not None
        await desk.wait_until(lambda: version.sha256 in "".join(desk.text.split()).replace("│", "").replace("▀", ""))
