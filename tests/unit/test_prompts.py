"""What a prompt says beyond its words: wordings to try, letters to draw, and what nobody but a person judges."""

import pytest

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.prompts import (
    MAX_PROMPT,
    check_total,
    not_judged,
    overlay_offer,
    quoted_texts,
    split_variants,
)


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a calm face", ("a calm face",)),
        ("a | b|c", ("a", "b", "c")),
        (r"a\|b", ("a|b",)),
        (r"a\|b|c", ("a|b", "c")),
        ("", ("",)),
        ("x" * MAX_PROMPT, ("x" * MAX_PROMPT,)),
    ],
    ids=["one", "three", "a bar that is meant", "both", "nothing", "longest"],
)
def test_split_variants__bars__part_wordings(prompt: str, parts: tuple[str, ...]) -> None:
    assert split_variants(prompt) == parts


@pytest.mark.parametrize("prompt", ["a|", "|", "a||b", "x" * (MAX_PROMPT + 1), "|".join("abcdefghijklmnopq")])
def test_split_variants__empty_too_long_or_too_many__is_refused(prompt: str) -> None:
    with pytest.raises(UsageError):
        split_variants(prompt)


def test_check_total__more_than_64_results__is_refused() -> None:
    check_total(16, 4)
    with pytest.raises(UsageError, match="65 results"):
        check_total(13, 5)


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ('a sign that says "OPEN"', ("OPEN",)),
        ("ein Schild „Offen“ und “Shop”", ("Offen", "Shop")),
        ("un panneau «Ouvert»", ("Ouvert",)),
        ("the dog's bone isn't there", ()),
        ('an empty "" pair', ()),
    ],
)
def test_quoted_texts__double_quotes_of_any_kind__are_letters(prompt: str, texts: tuple[str, ...]) -> None:
    assert quoted_texts(prompt) == texts
    assert bool(overlay_offer(prompt)) == bool(texts)


def test_not_judged__only_what_no_figure_sees__is_said() -> None:
    assert {flaw for flaw in Flaw if not_judged(flaw)} == {Flaw.LIGHT, Flaw.TEXT, Flaw.COMPOSITION}
