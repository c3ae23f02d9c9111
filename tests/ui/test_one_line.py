"""A line that changes writes what changed, not all of it."""

import pytest
from textual.content import Content

from reviewtui.ui.widgets.lines import _changed_cells


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("abc def", "abc def", None),
        ("abc def", "abX def", (2, 3)),
        ("abc def", "abc deX", (6, 7)),
        ("abc def", "Xbc dYf", (0, 6)),
        ("12 MP · rest", "13 MP · rest", (1, 2)),
        ("aa", "aaa", (2, 3)),
        ("aaa", "aa", (2, 3)),
        ("日本語x", "日字語x", (2, 4)),
        ("日本 ", "日本a", (4, 5)),
        ("", "a", (0, 1)),
    ],
)
def test_changed_cells__line__is_the_least_run(before: str, after: str, changed: tuple[int, int] | None) -> None:
    assert _changed_cells(Content(before), Content(after)) == changed


def test_changed_cells__other_style__counts() -> None:
    plain = Content("abc def")
    assert _changed_cells(plain, plain.stylize("bold", 4, 7)) == (4, 7)
