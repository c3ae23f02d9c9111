"""Outside text must neither act on the terminal nor break the columns."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reviewtui.ui.text import clip_cells, line, styled, text


def test_text__looks_like_markup__stays_text() -> None:
    assert text("[@click=app.quit]x[/nope]").plain == "[@click=app.quit]x[/nope]"
    assert styled("see [/etc/x]", "bold").plain == "see [/etc/x]"


def test_text__escape_sequence__is_made_visible() -> None:
    assert "\x1b" not in text("a\x1b[2Jb").plain
    assert "\n" not in text("a\nb").plain


def test_line__parts__joins_safe_text_and_leaves_out_the_absent() -> None:
    assert line("a\x07", None, text(""), text("[b]"), between=" · ").plain == "a␇ · [b]"


def test_clip_cells__wide_characters__are_never_split() -> None:
    assert clip_cells("日本語テキスト", 6) == "日本… "
    assert clip_cells("日本語テキスト", 7) == "日本語…"


def test_clip_cells__flood_of_combining_marks__is_cut() -> None:
    assert len(clip_cells("a" + "\u0301" * 5000, 10)) < 30


@given(st.text(max_size=60), st.integers(-1, 40), st.sampled_from(["left", "right"]))
def test_clip_cells__any_text__fills_exactly_the_cells(value: str, width: int, align: str) -> None:
    result = clip_cells(value, width, align="left" if align == "left" else "right")
    assert cell_len(result) == max(width, 0)
    assert cell_len(clip_cells(value, width, pad=False)) <= max(width, 0)
