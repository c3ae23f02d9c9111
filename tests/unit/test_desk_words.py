"""What the desk says of facts, and what it reads out of typed words; hostile text stays one safe line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.entities import Event, Proof, Version
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import AssertedBy, Flaw, Verdict
from reviewtui.services.browse import VersionView
from reviewtui.services.comparing import fixes_between
from reviewtui.ui.actions.noting import FLAW_LETTERS, complete_flaw, split_flaw
from reviewtui.ui.actions.queue import complete_query
from reviewtui.ui.words import _EVENT_WORDS, approval_words, event_row, number_mark, proof_line

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SIZE = PixelSize(40, 30)


def version(number: int, parent: int | None = None, *, box: PixelRect | None = None) -> VersionView:
    """A version; made by a fix of this box when there is one."""
    record = Version(
        number, 1, number, f"{number:064x}", SIZE, "file" if box is None else "job", None, None, None, parent, parent,
        None if box is None else "remove", AssertedBy.JOB, "2026-01-01T00:00:00Z",
    )  # fmt: skip
    proof = None if box is None else Proof(number, 1, box, 8, {"outside_changed_px": 0}, "p", "a")
    return VersionView(record, proof, None)


A, B, C = PixelRect(0, 0, 5, 5), PixelRect(10, 10, 5, 5), PixelRect(20, 20, 5, 5)


@pytest.mark.parametrize(
    ("one", "other", "areas"),
    [(1, 2, [A]), (2, 1, [A]), (1, 3, [B, A]), (3, 4, [B, C]), (2, 2, []), (1, 5, None), (4, 5, None), (2, 6, None)],
)
def test_fixes_between__two_versions__are_those_along_the_lineage(
    one: int, other: int, areas: list[PixelRect] | None
) -> None:
    versions = [
        version(1), version(2, 1, box=A), version(3, 2, box=B), version(4, 2, box=C), version(5), version(6, 2),
    ]  # fmt: skip
    fixes = fixes_between(versions, one, other)
    assert (None if fixes is None else [proof.box for proof in fixes]) == areas


@given(st.lists(st.text(st.characters(exclude_characters=" #"), max_size=6), max_size=6), st.sampled_from(list(Flaw)))
def test_split_flaw__anywhere_in_the_text__is_taken_out_once(words: list[str], flaw: Flaw) -> None:
    for place in range(len(words) + 1):
        text = " ".join([*words[:place], f"#{flaw.value}", *words[place:]])
        found, rest = split_flaw(text)
        assert found is flaw
        assert rest == " ".join(words).strip()


@given(st.text(max_size=40))
def test_split_flaw__without_one__changes_nothing(text: str) -> None:
    found, rest = split_flaw(text)
    if found is None:
        assert rest == text


def test_split_flaw__on_another_line__is_found() -> None:
    assert split_flaw("first\nsecond #logo") == (Flaw.LOGO, "first\nsecond")


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("#ha", ["#hand"]), ("six #l", ["six #logo", "six #light"]), ("#hand", []), ("hand", []), ("", []),
        ("#x", []), ("six #", [f"six #{flaw}" for flaw in Flaw]),
    ],
)  # fmt: skip
def test_complete_flaw__typed_so_far__gives_endings(typed: str, offers: list[str]) -> None:
    assert complete_flaw(typed) == offers


def test_flaw_letters__every_flaw__has_one_of_its_own() -> None:
    assert sorted(FLAW_LETTERS.values()) == sorted(Flaw)
    assert all(len(letter) == 1 and letter not in "jkq" for letter in FLAW_LETTERS)


@pytest.mark.parametrize(
    ("typed", "offer"), [("st", "status:omitted"), ("cat ne", "cat needs:me"), ("x fl", "x flaw:")]
)
def test_complete_query__last_word__is_completed(typed: str, offer: str) -> None:
    assert offer in complete_query(typed)
    assert complete_query("") == []


def test_number_mark__beyond_the_circles__goes_on() -> None:
    assert [number_mark(index) for index in (0, 19, 20)] == ["①", "⑳", "(21)"]


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([*_EVENT_WORDS, "made.up"]))
def test_event_row__any_payload__is_one_safe_line(actor: str, value: str, kind: str) -> None:
    payload = {"text": value, "flaw": value, "reason": value, "error": value, "verdict": value, "{x}": value}
    event = Event(1, "2026-01-01T11:00:00Z", actor, kind, value, payload, "0" * 64, "1" * 64)
    words = event_row(event, NOW, with_subject=True).plain
    assert "\n" not in words
    assert "\x1b" not in words


def test_event_words__every_kind_that_is_written__has_some() -> None:
    import re

    import reviewtui

    sources = Path(reviewtui.__file__).parent.rglob("*.py")
    kinds = {kind for path in sources for kind in re.findall(r'\.event\(\s*"([a-z]+\.[a-z_]+)"', path.read_text())}
    assert len(kinds) > 5
    assert kinds - set(_EVENT_WORDS) == set()


def test_proof_line__outside_changed__is_no_tick() -> None:
    good = proof_line(Proof(1, 1, A, 8, {"outside_changed_px": 0, "seam": 1.0, "seconds": 0.2}, "p", "a"))
    bad = proof_line(Proof(1, 1, A, 8, {"outside_changed_px": 3}, "p", "a"))
    assert [part.plain for part in good] == ["✓ outside 0 px", "edge +8", "seam 1.00", "0.2 s"]
    assert [part.plain for part in bad] == ["outside 3 px", "edge +8"]


def test_approval_words__committed__name_asset_version_and_chain() -> None:
    words = approval_words("a\x1b[2J", 3, Verdict.APPROVED, "f" * 64).plain
    assert "v3 saved" in words
    assert "f" * 12 in words
    assert "\x1b" not in words
