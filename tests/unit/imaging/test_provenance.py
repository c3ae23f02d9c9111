"""What a result says of itself: the same for the same request, the parent kept, nothing that acts or grows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.imaging.provenance import KEY, MAX_CHARS, MAX_EDITS, PARAMETERS, EditText, edit_texts, read_chain


def edit(**changes: object) -> EditText:
    values: dict[str, object] = {
        "parent_sha256": "ab" * 32, "verb": "fix", "engine": "diffusers:sd", "seed": 7,
        "regions": ("1,2,3,4",), "prompt": "a calm eye",
    }  # fmt: skip
    return EditText(**{**values, **changes})  # type: ignore[arg-type]


def test_texts__picture_with_parameters_of_its_own__keeps_them_and_tells_of_the_region_apart() -> None:
    parent = {"parameters": "a harbour\nSteps: 20, Seed: 1", "Software": "other", "workflow": '{"nodes":[]}'}
    texts = edit_texts(parent, edit())
    assert {name: texts[name] for name in parent} == parent
    [told] = read_chain(texts)
    assert (told["prompt"], told["seed"], told["parent"]) == ("a calm eye", 7, "ab" * 32)


def test_texts__picture_without__gets_parameters_that_other_readers_understand() -> None:
    assert edit_texts({}, edit())[PARAMETERS] == (
        "a calm eye\nSeed: 7, Model: diffusers:sd, Edit: fix, Edited regions: 1,2,3,4"
    )


def test_texts__second_edit_of_such_a_picture__rewrites_them_and_never_what_came_with_the_picture() -> None:
    second = edit_texts(edit_texts({}, edit()), edit(seed=8, prompt="a calmer eye"))
    assert second[PARAMETERS].startswith("a calmer eye\nSeed: 8,")
    whole = {"parameters": "a harbour\nSeed: 1"}
    assert edit_texts(edit_texts(whole, edit()), edit(seed=8))[PARAMETERS] == whole["parameters"]


def test_texts__edit_after_edit__is_a_chain_oldest_first() -> None:
    first = edit_texts({}, edit(seed=1))
    assert [one["seed"] for one in read_chain(edit_texts(first, edit(seed=2)))] == [1, 2]
    assert first == edit_texts({}, edit(seed=1)), "the same request says the same"


def test_texts__hundreds_of_edits_with_long_prompts__stay_short_and_say_how_many_are_left_out() -> None:
    texts: dict[str, str] = {}
    for seed in range(200):
        texts = edit_texts(texts, edit(seed=seed, prompt="x" * 3000))
    assert len(texts[KEY]) <= MAX_CHARS
    chain = read_chain(texts)
    assert 1 <= len(chain) <= MAX_EDITS
    assert chain[-1]["seed"] == 199
    assert json.loads(texts[KEY])["older_edits"] > 0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"edits":7}', '{"edits":[7,{}]}', "[" * 100_000, "null"])
def test_chain__text_that_is_not_ours__tells_nothing(text: str) -> None:
    assert read_chain({KEY: text}) == []


@given(prompt=st.text(max_size=300), engine=st.text(max_size=50))
def test_texts__any_words__hold_nothing_that_acts_on_a_terminal(prompt: str, engine: str) -> None:
    texts = edit_texts({}, edit(prompt=prompt, engine=engine))
    for value in texts.values():
        assert all(ord(letter) >= 32 or letter == "\n" for letter in value)
        assert "\x7f" not in value
        assert "\u202e" not in value
    assert texts[KEY].isascii()
