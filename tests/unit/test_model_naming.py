"""From file names to keys: a number in a name is a label, never the version's number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.naming import PICTURE_EXTENSIONS, is_picture_name, natural_key, split_name


@pytest.mark.parametrize(
    ("name", "key", "label"),
    [
        ("hero_v003.png", "hero", "v003"),
        ("hero-v3.jpg", "hero", "v3"),
        ("hero.v3.webp", "hero", "v3"),
        ("hero@3.png", "hero", "v3"),
        ("hero.png", "hero", None),
        ("a/b/hero_v1.PNG", "a/b/hero", "v1"),
        ("Hero_v1.png", "Hero", "v1"),
        ("hero_v1_v2.png", "hero_v1", "v2"),
        ("_v1.png", "_v1", None),
        ("dir_v2/hero.png", "dir_v2/hero", None),
        ("hero_v.png", "hero_v", None),
        ("hero_v1234567.png", "hero_v1234567", None),
        ("archive.tar", "archive.tar", None),
        (".png", ".png", None),
    ],
)
def test_split_name__key_and_label(name: str, key: str, label: str | None) -> None:
    assert split_name(name) == (key, label)


@given(
    st.text(st.characters(exclude_characters="/"), min_size=1),
    st.integers(0, 999_999),
    st.sampled_from(sorted(PICTURE_EXTENSIONS)),
)
def test_split_name__suffix_added__comes_off_again(stem: str, number: int, extension: str) -> None:
    assert split_name(f"{stem}_v{number:03d}{extension}") == (stem, f"v{number:03d}")


@given(st.text(min_size=1))
def test_split_name__any_name__has_a_key(name: str) -> None:
    assert split_name(name)[0] or name.endswith("/")


@pytest.mark.parametrize(
    ("name", "expected"), [("a.png", True), ("a.JPG", True), (".png", False), ("a.txt", False), ("png", False)]
)
def test_is_picture_name__by_extension(name: str, expected: bool) -> None:
    assert is_picture_name(name) is expected


def test_natural_key__numbers__sort_as_people_count() -> None:
    names = ["v10", "v2", "v1", "V3", "a", "v02"]
    assert sorted(names, key=natural_key) == ["a", "v1", "v02", "v2", "V3", "v10"]


@given(st.text(), st.text())
def test_natural_key__equal_texts_alone__have_equal_keys(a: str, b: str) -> None:
    assert (natural_key(a) == natural_key(b)) == (a == b)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_natural_key__any_two_numbers__in_their_order(a: int, b: int) -> None:
    if a < b:
        assert natural_key(f"v{a}") < natural_key(f"v{b}")
