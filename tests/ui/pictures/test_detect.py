"""A wrong guess shows nothing or takes seconds; an answer that becomes a key decides on a picture."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reviewtui.ui.colors import color_system
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.questions import Answers
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile

ROOT = Path(__file__).parent.parent.parent.parent
PROGRAM = [sys.executable, "-m", "tests.support.detect_program"]


def _facts(raw: bytes) -> Any:
    match = re.search(r"FACTS (.*) END", raw.decode("utf-8", "replace"), re.DOTALL)
    assert match, raw
    return json.loads(match[1].replace("\r\n", ""))


def _detect(profile: Profile, delay_ms: float = 0, limit_s: float = 2.0, **env: str) -> Any:
    with FakeTerminal([*PROGRAM, str(limit_s)], profile=profile, delay_ms=delay_ms, env=env, cwd=ROOT) as terminal:
        terminal.wait_exit()
        return _facts(bytes(terminal.raw))


@pytest.mark.parametrize(
    ("protocol", "best"), [("kitty", "kitty"), ("iterm2", "iterm2"), ("sixel", "sixel"), ("none", "half")]
)
@pytest.mark.parametrize("delay_ms", [0, 300, 900, 1500])
def test_detect__terminal_far_away__finds_its_best_protocol(protocol: str, best: str, delay_ms: float) -> None:
    facts = _detect(Profile.for_protocol(protocol), delay_ms)
    assert facts["can"][0] == best
    assert facts["can"][-2:] == ["half", "text"]
    assert facts["cell"] == "10×20"
    assert delay_ms <= facts["rtt"] < delay_ms + 900
    assert facts["typed"] == ""


def test_detect__sixel_terminal__tells_its_largest_picture() -> None:
    assert _detect(Profile.for_protocol("sixel"))["limit"] == "1200×800"


def test_detect__terminal_without_columns__is_asked_all_the_same() -> None:
    with FakeTerminal([*PROGRAM, "2"], cols=0, rows=0, profile=Profile.for_protocol("none"), cwd=ROOT) as terminal:
        terminal.wait_exit()
        facts = _facts(bytes(terminal.raw))
    assert (facts["can"], facts["cell"], facts["typed"]) == (["half", "text"], "10×20", "")


def test_detect__silent_terminal_without_columns__knows_no_cell() -> None:
    with FakeTerminal([*PROGRAM, "0.2"], cols=0, rows=0, profile=Profile(silent=True), cwd=ROOT) as terminal:
        terminal.wait_exit()
        assert _facts(bytes(terminal.raw))["cell"] == "None"


def test_detect__tmux_that_still_asks_its_terminal__is_asked_again(tmp_path: Path) -> None:
    tmux = tmp_path / "tmux"
    said = tmp_path / "said"
    # A tmux of today: it learns of Sixel and colours when the terminal outside has answered.
    tmux.write_text(
        f'#!/bin/sh\nf=256; [ -e {said} ] && f="256,RGB,sixel"; touch {said}\necho "3.5a|0|$f|$(date +%s)"\n'
    )
    tmux.chmod(0o755)
    facts = _detect(Profile(), TMUX="/tmp/x,1,0", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert facts["can"] == ["sixel", "half", "text"]
    assert facts["truecolor"]


def test_detect__terminal_with_several_protocols__the_others_are_there_for_who_asks() -> None:
    facts = _detect(Profile(kitty=True, sixel=True, xtversion="WezTerm 20240203"))
    assert facts["can"] == ["iterm2", "sixel", "kitty", "half", "text"]


def test_detect__silent_terminal__ends_with_half_cells_and_says_so() -> None:
    facts = _detect(Profile(silent=True), limit_s=0.2)
    assert facts["can"] == ["half", "text"]
    assert facts["rtt"] is None
    assert "did not answer" in facts["reasons"][0]


@pytest.mark.parametrize("term", ["dumb", "linux", "screen-256color", "tmux-256color"])
def test_detect__terminal_that_prints_questions__is_not_asked_them(term: str) -> None:
    with FakeTerminal([*PROGRAM, "2"], profile=Profile(kitty=True), env={"TERM": term}, cwd=ROOT) as terminal:
        terminal.wait_exit()
        assert b"_G" not in terminal.raw
        assert _facts(bytes(terminal.raw))["can"] == ["half", "text"]


def test_detect__picture_left_open_by_a_program_that_died__kitty_is_found() -> None:
    left = r"printf '\033_Ga=t,f=100,i=5,m=1;iVBORw0KGgo\033\\'"
    command = ["sh", "-c", f'{left}; exec "$@"', "sh", *PROGRAM, "2"]
    with FakeTerminal(command, profile=Profile.for_protocol("kitty"), cwd=ROOT) as terminal:
        terminal.wait_exit()
        assert _facts(bytes(terminal.raw))["can"][0] == "kitty"
        assert terminal.leaked() == set()


def test_detect__gnu_screen__is_asked_nothing() -> None:
    facts = _detect(Profile.for_protocol("kitty"), STY="1.pts")
    assert facts["can"] == ["half", "text"]
    assert "screen" in facts["reasons"][0]


def test_detect__late_answers_and_type_ahead__only_what_was_typed_becomes_keys() -> None:
    with FakeTerminal(
        [*PROGRAM, "0.3", "app"], profile=Profile.for_protocol("kitty"), delay_ms=1500, screen=True, cwd=ROOT
    ) as terminal:
        terminal.wait_until(lambda _: b"\x1b[c" in terminal.raw)
        terminal.press("j", "down")
        terminal.wait_for("half keys:j,down,")
        # The answer to Textual's own question comes with the late ones.
        deadline = time.monotonic() + 20
        while terminal._answers and time.monotonic() < deadline:
            terminal.pump(quiet=0.05, limit=0.2)
        terminal.press("k")
        terminal.wait_for("half keys:j,down,k,")
        assert any(line.endswith("half keys:j,down,k,") for line in terminal.screen_text())


def test_detect__typed_between_the_answers__is_kept() -> None:
    answers = Answers()
    for part in (b"j\x1b_Gi=31;O", b"K\x1b\\k\x1b[6;20;10t\x1b[A", b"\x1b[?62;", b"4;22c", b"\x1b[?2"):
        answers.feed(part)
    assert answers.kitty
    assert answers.attributes == frozenset({62, 4, 22})
    assert answers.typed == b"jk\x1b[A\x1b[?2"


@pytest.mark.parametrize("style", [b"0;48:2::1:2:3m", b"48:2:1:2:3m", b"0;48;2;1;2;3m", b"0;48:2:0:1:2:3m"])
def test_answers__kept_colour__is_true_colour(style: bytes) -> None:
    answers = Answers()
    answers.feed(b"\x1bP1$r" + style + b"\x1b\\")
    assert answers.truecolor


def test_answers__hostile_name__is_made_harmless() -> None:
    answers = Answers()
    answers.feed(b"\x1bP>|evil\x9b31m\x07" + b"x" * 900 + b"\x1b\\")
    assert len(answers.name) <= 40
    assert answers.name.isprintable()


def test_answers__style_of_fewer_colours__is_not_true_colour() -> None:
    answers = Answers()
    answers.feed(b"\x1bP1$r0;48:5:16m\x1b\\\x1b[6;0;0t\x1b[?2;3;0S")
    assert not answers.truecolor
    assert answers.cell_px is None
    assert answers.sixel_limit_px is None


def test_facts__choose__takes_only_what_can_be_drawn() -> None:
    facts = TerminalFacts(can=("kitty", "sixel", "half", "text"))
    assert facts.choose("auto", ("half", "text")) == "half"
    assert facts.choose("auto", ("kitty", "half", "text")) == "kitty"
    assert facts.choose("text", ("kitty", "half", "text")) == "text"
    assert facts.choose("sixel", ("kitty", "half", "text")) == "kitty"


def test_colors__terminal_showed_them__count_without_colorterm() -> None:
    assert color_system({"TERM": "xterm-256color"}, seen_truecolor=True) == "truecolor"
    assert color_system({"TERM": "xterm-256color", "NO_COLOR": "1"}, seen_truecolor=True) is None


@pytest.mark.parametrize(("passthrough", "best"), [("on", "kitty"), ("off", "half")])
@pytest.mark.parametrize("delay_ms", [0, 900])
def test_detect__inside_real_tmux__asks_the_terminal_outside(
    passthrough: str, best: str, delay_ms: float, tmp_path: Path
) -> None:
    if delay_ms and passthrough == "off":
        return
    config = tmp_path / "tmux.conf"
    config.write_text(f"set -g status off\nset -g allow-passthrough {passthrough}\n")
    result = tmp_path / "said"
    inner = f"cd {ROOT}; {' '.join(PROGRAM)} 2 > {result} ; sleep 0.1"
    socket = tmp_path / "s"
    with FakeTerminal(
        ["tmux", "-S", str(socket), "-f", str(config), "new-session", inner],
        profile=Profile.for_protocol("kitty"), delay_ms=delay_ms, env={"PYTHONPATH": str(ROOT)},
    ) as terminal:  # fmt: skip
        terminal.wait_exit()
        title = [one for one in terminal.osc if b"i=31" in one]
    subprocess.run(["tmux", "-S", str(socket), "kill-server"], check=False, capture_output=True)
    facts = _facts(result.read_bytes())
    assert facts["tmux"] == [facts["tmux"][0], passthrough == "on"]
    assert facts["can"][0] == best, facts
    assert facts["typed"] == ""
    assert title == []
    if best == "kitty":
        assert facts["cell"] == "10×20"
        assert delay_ms <= facts["rtt"] < delay_ms + 900
    else:
        assert "allow-passthrough" in facts["better"][0]
