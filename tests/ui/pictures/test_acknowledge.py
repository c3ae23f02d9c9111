"""An acknowledgement that belongs to another picture would arm a decision on something unseen."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from reviewtui.ui.pictures.acknowledge import _MAX_OPEN, TerminalAcknowledger, between, request_sequence
from reviewtui.ui.pictures.arming import Arming


class _Terminal:
    def __init__(self) -> None:
        self.written: list[str] = []
        self.answered: list[str] = []
        driver = SimpleNamespace(is_headless=False, write=self.written.append, flush=lambda: None)
        app = cast("Any", SimpleNamespace(size=(80, 24), _driver=driver))
        self.acknowledger = TerminalAcknowledger(app, {})

    def ask(self, name: str) -> tuple[int, int]:
        self.acknowledger.ask(self._note(name))
        request = self.acknowledger._open[-1]
        return request.column, request.row

    def _note(self, name: str) -> Callable[[], None]:
        return lambda: self.answered.append(name)


def test_acknowledger__two_requests__are_answered_in_order() -> None:
    terminal = _Terminal()
    first, second = terminal.ask("a"), terminal.ask("b")
    terminal.acknowledger.answer(*first)
    assert terminal.answered == ["a"]
    terminal.acknowledger.answer(*second)
    assert terminal.answered == ["a", "b"]
    assert terminal.acknowledger.open_count == 0


def test_acknowledger__first_answer_lost__the_second_is_not_taken_for_it() -> None:
    terminal = _Terminal()
    terminal.ask("a")
    second = terminal.ask("b")
    terminal.acknowledger.answer(*second)
    assert terminal.answered == ["b"]
    assert terminal.acknowledger.open_count == 0


def test_acknowledger__terminal_reports_another_place__is_believed_in_order() -> None:
    terminal = _Terminal()
    terminal.ask("a")
    terminal.ask("b")
    terminal.acknowledger.answer(0, 0)
    assert terminal.answered == ["a"]


def test_acknowledger__answer_without_request__does_nothing() -> None:
    _Terminal().acknowledger.answer(3, 3)


def test_acknowledger__place__is_never_in_the_row_that_reads_as_a_key() -> None:
    terminal = _Terminal()
    assert all(terminal.ask("x")[1] >= 1 for _ in range(100))


def test_acknowledger__as_many_requests_as_may_be_open__have_short_places_of_their_own() -> None:
    terminal = _Terminal()
    places = [terminal.ask("x") for _ in range(_MAX_OPEN)]
    assert len(set(places)) == _MAX_OPEN
    assert all(column < 9 and row < 9 for column, row in places)


def test_request__in_tmux__is_wrapped_for_the_terminal_outside() -> None:
    assert request_sequence(2, 4) == "\x1b7\x1b[3;5H\x1b[6n\x1b8"
    wrapped = request_sequence(2, 4, between({"TMUX": "/tmp/s,1,0", "STY": "1.x"}))
    # tmux puts the cursor back by itself, and each byte passes the line twice.
    assert wrapped == "\x1bPtmux;\x1b\x1b[3;5H\x1b\x1b[6n\x1b\\"


def test_request__in_screen__is_handed_to_the_terminal_outside() -> None:
    assert request_sequence(2, 4, between({"STY": "1.x"})) == "\x1bP\x1b7\x1b[3;5H\x1b[6n\x1b8\x1b\\"


def test_arming__answer_of_a_superseded_picture__does_not_arm() -> None:
    arming = Arming()
    old = arming.ask("a", "half", 8.0, "true")
    arming.disarm()
    new = arming.ask("b", "half", 8.0, "true")
    assert arming.answered(old) is None
    assert not arming.armed
    evidence = arming.answered(new)
    assert evidence is not None
    assert evidence.key == "b"
    assert arming.armed


def test_arming__nearer_look__stays_in_the_evidence() -> None:
    now = [0.0]
    arming = Arming(lambda: now[0])
    arming.answered(arming.ask("a", "half", 1.0, "true"))
    serial = arming.ask("a", "half", 12.0, "true")
    now[0] = 0.25
    evidence = arming.answered(serial)
    assert evidence is not None
    assert (evidence.scale, evidence.largest_scale, evidence.acknowledged_ms) == (12.0, 1.0, 250)


def test_arming__silent_terminal__is_overdue_only_while_nothing_armed_it() -> None:
    arming = Arming()
    serial = arming.ask("a", "half", 1.0, "true")
    assert arming.is_overdue(serial)
    arming.answered(serial)
    assert not arming.is_overdue(serial)
    assert not arming.is_overdue(arming.ask("a", "half", 2.0, "true"))


def test_arming__other_pictures_in_between__do_not_count_against_a_near_look() -> None:
    arming = Arming()
    for key, scale in (("a", 1.0), ("b", 9.0), ("a", 9.0)):
        evidence = arming.answered(arming.ask(key, "half", scale, "true"))
    assert evidence is not None
    assert (evidence.largest_scale, evidence.seen_at_1_to_1) == (1.0, True)


def test_arming__preview_at_1_to_1__is_no_look_at_every_pixel() -> None:
    arming = Arming()
    evidence = arming.answered(arming.ask("a", "sixel", 1.0, "preview"))
    assert evidence is not None
    assert not evidence.seen_at_1_to_1
    evidence = arming.answered(arming.ask("a", "sixel", 1.0, "palette"))
    assert evidence is not None
    assert evidence.seen_at_1_to_1


def test_arming__many_pictures__remembers_the_last_ones() -> None:
    arming = Arming()
    for number in range(2000):
        arming.answered(arming.ask(f"{number}", "half", 1.0, "true"))
    assert len(arming._nearest) < 1000
