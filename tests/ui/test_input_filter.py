"""Answers or torn sequences that become keys would decide on pictures nobody decided on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from reviewtui.ui.input_filter import InputFilter

UP, DOWN, F5 = "\x1b[A", "\x1b[B", "\x1b[15~"
KEYS = ["j", "a", "A", "r", "x", "é", "日", "\r", "\t", "\x7f", UP, DOWN, F5, "\x1b[1;2A", "\x1bOA", "\x1b[106u"]
ANSWERS = [
    "\x1b[?62;4c",
    "\x1b[>41;379;0c",
    "\x1b[6;20;10t",
    "\x1b[8;50;160t",
    "\x1b[?0u",
    "\x1b[0n",
    "\x1b[?1;0;1024S",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1bP>|xterm(379)\x1b\\",
    "\x1bP1+r544e=78\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]4;1;rgb:ffff/0000/0000\x1b\\",
]
MOUSE = "\x1b[<35;10;12M"
REPORT = "\x1b[12;40R"


def _keys(passed: str) -> list[str]:
    """Keys that Textual makes of what the filter let through."""
    parser = XTermParser()
    messages = [*parser.feed(passed)] if passed else []
    assert not parser.is_eof
    return [message.key for message in messages if isinstance(message, events.Key)]


def _run(chunks: list[tuple[float, str]], *, last_wait_s: float = 5.0) -> str:
    """Feed chunks after pauses, with time passing in small steps as in the driver."""
    subject, now, out = InputFilter(0.1), 100.0, []
    for pause, chunk in [*chunks, (last_wait_s, "")]:
        end = now + pause
        while now < end:
            now = min(now + 0.05, end)
            out.append(subject.feed("", now))
        out.append(subject.feed(chunk, now))
    return "".join(out)


@pytest.mark.parametrize("answer", ANSWERS)
def test_filter__late_answer_between_keys__leaves_only_the_keys(answer: str) -> None:
    assert _keys(_run([(0, f"j{answer}k")])) == ["j", "k"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_filter__answer_in_single_characters__leaves_nothing(answer: str) -> None:
    assert _run([(0.03, character) for character in answer]) == ""


@pytest.mark.parametrize("sequence", [UP, "\x1bOA", F5, MOUSE, REPORT])
@pytest.mark.parametrize("pause_s", [0.05, 0.2, 0.6, 0.9])
def test_filter__sequence_torn_behind_its_esc__never_becomes_letters(sequence: str, pause_s: float) -> None:
    passed = _run([(0, sequence[0]), (pause_s, sequence[1:])])
    assert sequence in passed
    assert set(_keys(passed)) <= {"escape", "up", "f5"}


def test_filter__arrow_torn_into_three__is_the_arrow() -> None:
    assert _keys(_run([(0, "\x1b"), (0.3, "["), (0.3, "A")]))[-1] == "up"


def test_filter__unknown_sequence__is_dropped() -> None:
    assert _run([(0, "\x1b[1;2;3;4xj")]) == "j"


def test_filter__lone_esc__arrives_after_the_delay_and_not_before() -> None:
    subject = InputFilter(0.1)
    assert subject.feed("\x1b", 10.0) == ""
    assert subject.is_waiting
    assert subject.feed("", 10.05) == ""
    assert _keys(subject.feed("", 10.11)) == ["escape"]
    assert not subject.is_waiting


def test_filter__after_a_lone_esc__guards_for_a_second() -> None:
    subject = InputFilter(0.1)
    assert not subject.is_guarded(10.0)
    subject.feed("\x1b", 10.0)
    subject.feed("", 10.11)
    assert subject.is_guarded(10.2)
    assert subject.is_guarded(11.05)
    assert not subject.is_guarded(11.2)


def test_filter__key_in_one_piece__does_not_guard() -> None:
    subject = InputFilter(0.1)
    subject.feed(UP + "j", 10.0)
    assert not subject.is_guarded(10.01)


def test_filter__typing_after_esc__arrives() -> None:
    assert _keys(_run([(0, "\x1b"), (0.4, "j"), (0.1, "]"), (0.1, "q")])) == [
        "escape",
        "j",
        "right_square_bracket",
        "q",
    ]


def test_filter__bracket_typed_long_after_esc__arrives() -> None:
    assert _keys(_run([(0, "\x1b"), (1.3, "[")])) == ["escape", "left_square_bracket"]


def test_filter__cursor_report__reaches_textual() -> None:
    parser = XTermParser()
    (event,) = parser.feed(_run([(0, REPORT)]))
    assert isinstance(event, events.CursorPosition)
    assert (event.x, event.y) == (39, 11)


def test_filter__paste__goes_through_as_it_is_in_any_pieces() -> None:
    paste = "\x1b[200~a[A\x1b_G not an answer]\x1b[201~"
    assert _run([(0.01, character) for character in paste + "j"]) == paste + "j"


@given(st.lists(st.sampled_from([*KEYS, *ANSWERS, MOUSE, REPORT]), min_size=1, max_size=12), st.data())
def test_filter__any_split_with_short_pauses__gives_the_same_keys(tokens: list[str], data: st.DataObject) -> None:
    stream = "".join(tokens)
    expected = _keys("".join(token for token in tokens if token not in ANSWERS))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(stream) - 1, 1)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    pauses = data.draw(st.lists(st.floats(0, 0.09), min_size=len(pieces), max_size=len(pieces)))
    assert _keys(_run(list(zip(pauses, pieces, strict=True)))) == expected


@given(st.lists(st.sampled_from([*KEYS, *ANSWERS, MOUSE, REPORT]), min_size=1, max_size=12), st.data())
def test_filter__any_split_with_long_pauses__adds_nothing_but_escape(tokens: list[str], data: st.DataObject) -> None:
    stream = "".join(tokens)
    expected = _keys("".join(token for token in tokens if token not in ANSWERS))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(stream) - 1, 1)), max_size=8)))
    # "]" behind a torn ESC is a key that people type; the answer that begins so is known by its digit in one piece.
    cuts = [cut for cut in cuts if stream[cut - 1 : cut + 1] not in ("]1", "]4")]
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    pauses = data.draw(st.lists(st.floats(0, 0.85), min_size=len(pieces), max_size=len(pieces)))
    keys = [key for key in _keys(_run(list(zip(pauses, pieces, strict=True)))) if key != "escape"]
    assert keys == expected


@given(st.text(alphabet="\x1b[]OP_\\;?<0123456789cRtuMAax\r~$", max_size=40), st.data())
def test_filter__garbage__is_let_go_within_two_seconds(stream: str, data: st.DataObject) -> None:
    subject = InputFilter(0.1)
    subject.feed(stream, 0.0)
    subject.feed("", 2.0)
    subject.feed("", 4.0)
    assert not subject.is_waiting
    if "\x1b[200~" not in stream:
        assert subject.feed("j", 9.0) == "j"
