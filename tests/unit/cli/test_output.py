"""The one printing place: aligned, safe, coloured only where wanted, quiet when the reader goes."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.cli.output import Output, cell_width, json_line
from reviewtui.model.errors import RefusedError, StoreError
from tests.support.terminal_protocol import control_bytes


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[io.BytesIO, io.BytesIO]:
    """Standard output and error as a terminal; called by the test, since capturing swaps streams between phases."""
    out, err = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(out, encoding="utf-8", write_through=True))
    monkeypatch.setattr(sys, "stderr", Terminal(err, encoding="utf-8", write_through=True))
    return out, err


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none(), st.floats(allow_nan=False))))
def test_json_line__any_data__one_ascii_line_that_reads_back(data: dict[str, object]) -> None:
    line = json_line(data)
    assert line.isascii()
    assert control_bytes(line) == []
    assert json.loads(line) == data


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0), ("×", 1)])
def test_cell_width__wide_and_combining__counted_as_a_terminal_does(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_table__wide_letters__columns_line_up_by_cells(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("NAME", "N"), [("日本", 1), ("abc", 22)])
    lines = capsys.readouterr().out.splitlines()
    assert len({cell_width(line) for line in lines}) == 1


def test_line__hostile_text__made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.line("a\x1b[2Jb\u202ec")
    out.say("x\ry\x9b")
    captured = capsys.readouterr()
    assert control_bytes(captured.out.rstrip("\n")) == control_bytes(captured.err.rstrip("\n")) == []


def test_fail__with_remedy__is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output().fail(RefusedError("no\nway", "go back"))
    assert capsys.readouterr().err == "reviewtui: no␊way - go back\n"


def test_colours__terminal__only_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    Output().table(("STATUS",), [("approved",)])
    assert b"\x1b[32mapproved\x1b[0m" in terminal[0].getvalue()
    terminal[0].truncate(0)
    monkeypatch.setenv("NO_COLOR", "1")
    Output().table(("STATUS",), [("approved",)])
    assert b"\x1b" not in terminal[0].getvalue()


def test_colours__pipe__none(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("STATUS",), [("approved",)])
    assert "\x1b" not in capsys.readouterr().out


def test_progress__terminal__a_bar_that_is_wiped_before_data(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    out = Output()
    out.progress(5, 10, "hero\x1b]0;x")
    assert "5/10 hero" in terminal[1].getvalue().decode()
    assert b"\x1b]0" not in terminal[1].getvalue()
    out.line("data")
    assert terminal[1].getvalue().endswith(b"\r\x1b[K")


def test_progress__no_terminal__nothing(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.progress(5, 10, "hero")
    out.end_progress()
    assert capsys.readouterr().err == ""


def test_output__letters_that_the_locale_lacks__written_as_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    Output().line("1440×974")
    assert raw.getvalue() == b"1440\\xd7974\n"


def test_flush__full_disk__is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        monkeypatch.setattr(sys, "stdout", full)
        out = Output()
        out.line("x")
        with pytest.raises(StoreError, match="cannot be written"):
            out.flush()
