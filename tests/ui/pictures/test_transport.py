"""What a terminal that says nothing costs: one wait when it never spoke, caution when it fell silent."""

from __future__ import annotations

from collections.abc import Callable

from reviewtui.ui.pictures.kitty.transport import Transport, Upload
from tests.support.canvases import FakeLink

SLICE = "x" * 4000
PICTURE_SLICES = 100
GUESS_S = PICTURE_SLICES * len(SLICE) / 125_000


class _QuietLink(FakeLink):
    """It takes everything at once, and answers only the first questions.

    Args:
        answers: how many.
    """

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.most = answers
        self.questions = 0

    def ask(self, answered: Callable[[], None]) -> None:
        self.questions += 1
        if self.questions <= self.most:
            answered()


def _seconds_until_sent(answers: int, *, seems_mute: bool = False) -> float:
    now_s = 0.0
    timers: list[tuple[float, Callable[[], object]]] = []
    sent_at: list[float] = []
    transport = Transport(
        _QuietLink(answers),
        in_tmux=False,
        later=lambda delay_s, call: timers.append((now_s + delay_s, call)),
        clock=lambda: now_s,
        seems_mute=seems_mute,
    )
    transport.send(Upload([SLICE] * PICTURE_SLICES, lambda: sent_at.append(now_s), "", urgent=True))
    while not sent_at:
        timers.sort(key=lambda one: one[0])
        now_s, call = timers.pop(0)
        call()
    return sent_at[0]


def test_transport__terminal_that_never_answered__is_waited_for_once_and_then_paced_by_the_guess() -> None:
    assert _seconds_until_sent(answers=0) < 4 + GUESS_S * 1.2


def test_transport__detection_heard_nothing__is_not_waited_for_at_all() -> None:
    assert _seconds_until_sent(answers=0, seems_mute=True) < GUESS_S * 1.2


def test_transport__first_answer_later_than_the_guess__is_no_return_and_nothing_is_sent_again() -> None:
    now_s, lost = 0.0, []
    link = FakeLink(answers=False)
    transport = Transport(
        link, in_tmux=False, later=lambda delay_s, call: timers.append(call), clock=lambda: now_s, seems_mute=True
    )
    timers: list[Callable[[], object]] = []
    transport.lost = lambda: lost.append(now_s)
    transport.send(Upload([SLICE] * PICTURE_SLICES, lambda: None, "", urgent=True))
    asked = list(link.asked)
    now_s = 1.0
    timers.pop()()
    assert len(link.asked) > len(asked), "it went on by the guess"
    asked[0]()
    assert lost == []


def test_transport__terminal_that_fell_silent__gets_one_window_for_each_wait() -> None:
    """Nobody may be there: what piles up in the line would stand before every later word."""
    assert _seconds_until_sent(answers=3) > 40
