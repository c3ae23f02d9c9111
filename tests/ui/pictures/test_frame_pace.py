"""A frame waits while the terminal is behind, and never for one that says nothing."""

from __future__ import annotations

from collections.abc import Callable

from reviewtui.ui.pictures.frame_pace import FramePace


class Terminal:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asked: list[Callable[[], None]] = []
        self.timers: list[Callable[[], object]] = []
        self.again = 0

    def pace(self) -> FramePace:
        def again() -> None:
            self.again += 1

        return FramePace(self.asked.append, lambda _, call: self.timers.append(call), again, lambda: self.now_s)


def test_pace__two_on_their_way__the_third_waits_for_an_answer() -> None:
    terminal = Terminal()
    pace = terminal.pace()
    for _ in range(2):
        assert pace.may_write()
        pace.wrote()
    assert not pace.may_write()
    assert pace.is_waiting
    terminal.asked.pop(0)()
    assert terminal.again == 1
    assert pace.may_write()


def test_pace__slow_line__has_one_on_its_way() -> None:
    terminal = Terminal()
    pace = terminal.pace()
    pace.wrote()
    terminal.now_s += 0.7
    terminal.asked.pop(0)()
    assert pace.may_write()
    pace.wrote()
    assert not pace.may_write()


def test_pace__silent_terminal__is_not_waited_for() -> None:
    terminal = Terminal()
    pace = terminal.pace()
    for _ in range(2):
        pace.wrote()
    assert not pace.may_write()
    for timer in terminal.timers:
        timer()
    assert terminal.again == 1
    assert pace.may_write()


def test_pace__nobody_to_ask__never_waits() -> None:
    pace = FramePace(None, lambda *_: None, lambda: None)
    for _ in range(50):
        assert pace.may_write()
        pace.wrote()
