"""Errands: the most wanted first, a few at a time, each once, none that is no longer wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

from reviewtui.model.errors import InputError, ReviewError
from reviewtui.ui.pictures.errands import Errands
from reviewtui.ui.pictures.kept import Kept


class Hall:
    """Three errands that wait for a door."""

    def __init__(self) -> None:
        self.door = threading.Event()
        self.begun: list[str] = []
        self.done: list[tuple[str, str | ReviewError]] = []
        self.calls: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.errands: Errands[str, str] = Errands(
            ThreadPoolExecutor(4), self._to_loop, lambda key, value: self.done.append((key, value))
        )

    def _to_loop(self, function: Callable[..., object], *arguments: object) -> None:
        self.calls.put(partial(function, *arguments))

    def errand(self, name: str) -> tuple[str, Callable[[], str]]:
        def work() -> str:
            self.begun.append(name)
            self.door.wait(20)
            if name == "bad":
                raise InputError("it broke", "look at it")
            return name.upper()

        return name, work

    def want(self, *names: str) -> None:
        self.errands.want(self.errand(name) for name in names)

    def finish(self, count: int) -> None:
        self.door.set()
        for _ in range(count):
            self.calls.get(timeout=20)()


def test_errands__wanted_again_while_they_run__run_once() -> None:
    hall = Hall()
    for _ in range(5):
        hall.want("a", "b", "c")
    hall.finish(3)
    assert sorted(hall.begun) == ["a", "b", "c"]
    assert sorted(key for key, _ in hall.done) == ["a", "b", "c"]
    assert hall.errands.is_idle


def test_errands__no_longer_wanted__are_never_begun() -> None:
    hall = Hall()
    hall.want("a", "b", "c", "d")
    hall.want("x")
    hall.finish(3)
    assert sorted(hall.begun) == ["a", "b", "x"]


def test_errands__one_fails__says_why_and_the_rest_goes_on() -> None:
    hall = Hall()
    hall.want("bad", "a", "b")
    hall.finish(3)
    values = dict(hall.done)
    assert isinstance(values["bad"], ReviewError)
    assert values["b"] == "B"


def test_errands__closed__say_no_more() -> None:
    hall = Hall()
    hall.want("a", "b", "c")
    hall.errands.close()
    hall.finish(2)
    assert hall.done == []
    assert "c" not in hall.begun


def test_kept__beyond_its_bound__forgets_the_least_recently_used() -> None:
    kept: Kept[str, int] = Kept(30)
    for number, key in enumerate("abc"):
        kept.keep(key, number, 10)
    assert kept.find("a") == 0
    kept.keep("d", 3, 10)
    assert [key in kept for key in "abcd"] == [True, False, True, True]
    kept.keep("e", 4, 1000)
    assert (kept.find("e"), kept.find("a"), kept.held_bytes) == (4, None, 1000)
    kept.keep("e", 5, 7)
    assert (kept.find("e"), kept.held_bytes) == (5, 7)
