"""What a job carries of the jobs that follow on its result, and what is said of a chain that ended in the middle."""

import pytest

from reviewtui.model.chains import (
    RERUN,
    THEN_TEXT,
    Rerun,
    chain_words,
    lacking_words,
    rerun_of,
    unfinished_words,
    versions_words,
)

COMPOSING = Rerun(9, 4, (2,), None, (3, 5))
RUNNING = Rerun(9, 4, (2,), 3, (5,), (11,))


@pytest.mark.parametrize("one", [COMPOSING, RUNNING], ids=["composing", "running"])
def test_rerun__to_data__comes_back_the_same(one: Rerun) -> None:
    assert rerun_of({RERUN: one.to_data()}) == one


@pytest.mark.parametrize("params", [{}, {RERUN: None}, {RERUN: "x"}, {"prompt": "a"}])
def test_words__job_of_no_chain__are_none(params: dict[str, object]) -> None:
    assert rerun_of(params) is None
    assert (unfinished_words(params, 4), lacking_words(params), chain_words(params)) == ("", "", "")


def test_unfinished__before_anything_was_made__says_that_all_is_as_it_was() -> None:
    assert unfinished_words({RERUN: COMPOSING.to_data()}, 4) == "nothing was made of the rebase, v4 stays as it is"


def test_unfinished__in_the_middle__names_what_is_missing_and_the_way_on() -> None:
    words = unfinished_words({RERUN: RUNNING.to_data()}, 7)
    assert words == "v7 is without v3 and v5 and is not the head; retrying this job goes on from there"
    assert lacking_words({RERUN: RUNNING.to_data()}) == "unfinished: the edit of v5 not run again yet"


def test_chain_words__each_kind__says_what_the_job_does() -> None:
    assert (
        chain_words({RERUN: RUNNING.to_data()}) == "rebase of v4 without v2: runs the edit of v3 again; then v5 again"
    )
    assert chain_words({THEN_TEXT: {"params": {"text": "OPEN"}}}) == "a clean plate; then 'OPEN' as real text on it"


@pytest.mark.parametrize(("numbers", "words"), [((3,), "v3"), ((3, 4), "v3 and v4"), ((3, 4, 7), "v3, v4 and v7")])
def test_versions_words__are_a_list(numbers: tuple[int, ...], words: str) -> None:
    assert versions_words(numbers) == words
