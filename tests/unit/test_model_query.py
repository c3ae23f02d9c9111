"""The query language: what is typed is what is asked, and nonsense is named."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import AssetStatus
from reviewtui.model.query import STATUS_LETTERS, Term, parse_query


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("dock", (Term("word", ("dock",)),)),
        ("-dock", (Term("word", ("dock",), negated=True),)),
        ("-", (Term("word", ("-",)),)),
        ("status:waiting", (Term("status", ("waiting",)),)),
        ("status:to-verify,VOID", (Term("status", ("to_verify", "void")),)),
        ("-flaw:hand,face", (Term("flaw", ("hand", "face"), negated=True),)),
        ("by:ana", (Term("by", ("ana",)),)),
        ("needs:me", (Term("needs", ("me",)),)),
        ("[wa]", (Term("status", ("waiting", "approved")),)),
        ("status:", (Term("word", ("status:",)),)),
        ("x:y", (Term("word", ("x:y",)),)),
        ("[]", (Term("word", ("[]",)),)),
        ("a b", (Term("word", ("a",)), Term("word", ("b",)))),
    ],
)
def test_parse_query__terms(text: str, terms: tuple[Term, ...]) -> None:
    assert parse_query(text) == terms


@pytest.mark.parametrize("text", ["status:wating", "flaw:nose", "[x]", "-[wz]"])
def test_parse_query__no_such_token__refused_with_those_that_exist(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_query(text)
    assert caught.value.remedy


def test_status_letters__every_status__has_one_of_its_own() -> None:
    assert sorted(STATUS_LETTERS.values()) == sorted(AssetStatus)


@given(st.text())
def test_parse_query__anything__terms_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert len(parse_query(text)) == len(text.split())
