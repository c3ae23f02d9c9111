"""The bag of hints: bursts become one answer, too many become a rescan, nothing is told twice."""

from __future__ import annotations

import threading

from reviewtui.watch.hints import MAX_PATHS, HintBag, Hints


def test_take__nothing_happened__empty_and_false() -> None:
    hints = HintBag().take(0)
    assert hints == Hints()
    assert not hints


def test_take__several_hints__each_path_once_and_not_again() -> None:
    bag = HintBag()
    for path in (b"a.png", b"b.png", b"a.png"):
        bag.put(path)
    assert bag.take(0).paths == {b"a.png", b"b.png"}
    assert not bag.take(0)


def test_take__burst_from_another_thread__comes_as_one_answer() -> None:
    bag = HintBag()

    def burst() -> None:
        for number in range(100):
            bag.put(b"%d.png" % number)

    thread = threading.Thread(target=burst)
    thread.start()
    hints = bag.take(30)
    thread.join()
    assert hints.paths | bag.take(0).paths == {b"%d.png" % number for number in range(100)}


def test_put__more_than_are_worth_it__rescan_without_alarm() -> None:
    bag = HintBag()
    for number in range(MAX_PATHS + 1):
        bag.put(b"%d.png" % number)
    assert bag.take(0) == Hints(rescan=True)


def test_ask_rescan__two_reasons__the_first_is_told() -> None:
    bag = HintBag()
    bag.put(b"a.png")
    bag.ask_rescan("overflow")
    bag.ask_rescan("another")
    assert bag.take(0) == Hints(rescan=True, lost="overflow")
    assert not bag.take(0)


def test_wake__waiting_take__returns_empty() -> None:
    bag = HintBag()
    taken: list[Hints] = []
    thread = threading.Thread(target=lambda: taken.append(bag.take(60)))
    thread.start()
    while thread.is_alive():
        bag.wake()
        thread.join(0.01)
    assert taken == [Hints()]
