"""The chain by its published formula, and that any change of any link shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.clock import ago, iso, parse_iso
from reviewtui.model.entities import Event
from reviewtui.model.history import FIRST_HASH, canonical, chain_hash, find_broken_link

PAYLOADS = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=4)
LINKS = st.lists(st.tuples(st.text(), st.text(), st.text(), PAYLOADS), min_size=1, max_size=6)


def chain(links: list[tuple[str, str, str, dict[str, Any]]]) -> list[Event]:
    """Events by the formula as it is published, without the code under test."""
    events, previous = [], "0" * 64
    for seq, (actor, kind, subject, payload) in enumerate(links, start=1):
        at = "2026-01-01T00:00:00.000Z"
        record = {"seq": seq, "at": at, "actor": actor, "kind": kind, "subject": subject, "payload": payload}
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        digest = hashlib.sha256((previous + text).encode("utf-8")).hexdigest()
        events.append(Event(seq, at, actor, kind, subject, payload, previous, digest))
        previous = digest
    return events


@given(LINKS)
def test_chain__by_the_published_formula__is_whole(links: list[tuple[str, str, str, dict[str, Any]]]) -> None:
    events = chain(links)
    assert find_broken_link(events) is None
    first = events[0]
    text = canonical(1, first.at, first.actor, first.kind, first.subject, first.payload)
    assert text.isascii()
    assert chain_hash(FIRST_HASH, text) == first.hash


@given(LINKS, st.data())
def test_chain__any_field_of_any_event_changed__is_found_there(
    links: list[tuple[str, str, str, dict[str, Any]]], data: st.DataObject
) -> None:
    events = chain(links)
    index = data.draw(st.integers(0, len(events) - 1))
    old = events[index]
    change: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"at": "2026-01-01T00:00:00.001Z"},
                {"actor": f"{old.actor}x"},
                {"kind": f"{old.kind}x"},
                {"subject": f"{old.subject}x"},
                {"payload": {**old.payload, "more": 1}},
                {"prev_hash": "f" * 64},
                {"hash": "f" * 64},
            ]
        )
    )
    events[index] = replace(old, **change)
    broken = find_broken_link(events)
    assert broken is not None
    assert broken[0] == index + 1


@given(LINKS, st.data())
def test_chain__event_removed__is_found_unless_it_was_the_last(
    links: list[tuple[str, str, str, dict[str, Any]]], data: st.DataObject
) -> None:
    events = chain(links)
    index = data.draw(st.integers(0, len(events) - 1))
    rest = events[:index] + events[index + 1 :]
    assert (find_broken_link(rest) is None) == (index == len(events) - 1)


def test_chain__nothing_yet__is_whole() -> None:
    assert find_broken_link([]) is None


@given(st.integers(0, 4 * 10**12).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC)))
def test_iso__any_moment__read_back_to_the_millisecond_and_sorts(moment: datetime) -> None:
    text = iso(moment)
    assert abs((parse_iso(text) - moment).total_seconds()) < 0.001
    assert text.endswith("Z")


def test_iso__moment_without_zone__refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        iso(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("then", "words"),
    [("11:59:50", "10 s"), ("11:55:00", "5 min"), ("09:00:00", "3 h"), ("12:30:00", "0 s"), ("00:00:00", "12 h")],
)
def test_ago__in_the_largest_unit_that_fits(then: str, words: str) -> None:
    assert ago(f"2026-01-02T{then}.000Z", datetime(2026, 1, 2, 12, tzinfo=UTC)) == words
