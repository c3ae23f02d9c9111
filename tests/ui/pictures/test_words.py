"""A picture in words: right, harmless, and at home on a phone's screen."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.strips import Cell
from reviewtui.ui.pictures.words import impression_of, size_words, word_rows
from tests.support.pictures import gradient, noise, pixels, solid
from tests.support.terminal_protocol import control_bytes

INK, PAPER = (200, 200, 200), (20, 20, 20)


def shown(rows: Sequence[Sequence[Cell]]) -> list[str]:
    return ["".join(cell.glyph for cell in row) for row in rows]


def described(
    lines: Sequence[str] = (), width: int = 40, key: str = "0123456789abcdef" * 4
) -> Sequence[Sequence[Cell]]:
    impression = impression_of(pixels(gradient(60, 40)))
    return word_rows(impression, size=PixelSize(1920, 1080), key=key, lines=lines, width=width, ink=INK, paper=PAPER)


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ((0, 0, 0), "very dark"),
        ((60, 60, 60), "dark"),
        ((128, 128, 128), "medium bright"),
        ((255, 255, 255), "very bright"),
    ],
)
def test_impression__one_colour__its_light_in_words(colour: tuple[int, int, int], words: str) -> None:
    impression = impression_of(pixels(solid(50, 30, colour)))
    assert impression.words == f"{words}, hardly any contrast"
    assert [(one.rgb, one.share) for one in impression.colours] == [(colour, 1.0)]


def test_impression__black_and_white__high_contrast_and_both_colours() -> None:
    halves = pixels(solid(64, 64, (0, 0, 0))).copy()
    halves[:, 40:] = 255
    impression = impression_of(halves)
    assert impression.words.endswith("high contrast")
    assert {one.hex for one in impression.colours} == {"#000000", "#ffffff"}
    assert impression.colours[0].hex == "#000000"


def test_impression__many_colours__six_at_most_and_the_commonest_first() -> None:
    shares = [one.share for one in impression_of(pixels(noise(90, 90))).colours]
    assert len(shares) <= 6
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-9


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_impression__any_size__is_found(width: int, height: int, seed: int) -> None:
    assert impression_of(np.asarray(noise(width, height, seed))).colours


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (PixelSize(3840, 2160), "3840×2160 px, 16:9, 8.3 MP"),
        (PixelSize(1000, 1500), "1000×1500 px, 2:3, 1.5 MP"),
        (PixelSize(1, 1), "1×1 px, 1:1"),
        (PixelSize(20000, 300), "20000×300 px, 6.0 MP"),
    ],
)
def test_size_words__sizes__are_said_as_people_do(size: PixelSize, words: str) -> None:
    assert size_words(size) == words


def test_word_rows__picture__size_hash_light_colours_and_the_callers_lines() -> None:
    text = shown(described(["1 hand: six fingers"]))
    assert text[0].rstrip() == "1920×1080 px, 16:9, 2.1 MP"
    assert text[1].rstrip() == "hash 0123456789ab"
    assert any("#" in line and "%" in line for line in text)
    assert text[-1].rstrip() == "1 hand: six fingers"


def test_word_rows__colours__stand_beside_their_names() -> None:
    for row in described(width=200):
        line = "".join(cell.glyph for cell in row)
        for at in [n for n, glyph in enumerate(line) if glyph == "#"]:
            block = row[at - 2].bg
            assert line[at : at + 7] == f"#{bytes(block or ()).hex()}"


@given(st.lists(st.text(max_size=80), max_size=4), st.integers(1, 60))
@settings(max_examples=80, deadline=None)
def test_word_rows__any_lines_and_width__each_row_is_exactly_as_wide_and_harmless(lines: list[str], width: int) -> None:
    for row in described(lines, width):
        assert len(row) == width
        assert control_bytes("".join(cell.glyph for cell in row)) == []


def test_word_rows__long_line__is_continued_and_not_cut() -> None:
    words = "the left hand has six fingers and the ring is on the wrong one"
    assert " ".join(line.rstrip() for line in shown(described([words], width=24))).endswith(words)
