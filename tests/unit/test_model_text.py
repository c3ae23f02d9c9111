"""Nothing that comes from outside acts on a terminal, and nothing is lost on the way."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.text import ascii_safe, clip, display_path, fold_case, safe, safe_lines
from tests.support.terminal_protocol import control_bytes

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_safe__any_text__one_line_that_acts_on_nothing_and_stays_as_it_is(text: str) -> None:
    shown = safe(text)
    assert control_bytes(shown) == []
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert safe(shown) == shown


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_safe__harmless_text__unchanged(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2J", "a␛[2J"),
        ("a\nb\tc\0", "a␊b␉c␀"),
        ("\x7f\x9b", "\\u007f\\u009b"),
        ("gpj.\u202egnp", "gpj.\\u202egnp"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
    ],
)
def test_safe__what_acts__is_made_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.binary())
def test_display_path__any_bytes__safe_and_told_apart_from_other_undecodable_ones(path: bytes) -> None:
    assert control_bytes(display_path(path)) == []
    if path.isascii() and path.decode().isprintable():
        assert display_path(path) == os.fsdecode(path)


@given(ANY_TEXT)
def test_ascii_safe__any_text__ascii_without_controls(text: str) -> None:
    shown = ascii_safe(text)
    assert shown.isascii()
    assert control_bytes(shown) == []


@given(ANY_TEXT)
def test_safe_lines__any_text__each_line_safe(text: str) -> None:
    lines = safe_lines(text)
    assert len(lines) == text.replace("\r\n", "\n").count("\n") + 1
    assert all(control_bytes(line) == [] for line in lines)


@given(st.text(), st.integers(0, 20))
def test_clip__any_limit__never_longer_and_marked_when_cut(text: str, limit: int) -> None:
    cut = clip(text, limit)
    assert len(cut) <= max(limit, 1)
    assert cut == text if len(text) <= limit else cut.endswith("…")


@given(st.text())
def test_fold_case__upper_or_lower__same_form(text: str) -> None:
    assert fold_case(fold_case(text)) == fold_case(text)
    if text.isascii():
        assert fold_case(text.upper()) == fold_case(text.lower())
