"""Drawing with keys: whatever is pressed, the mask lies inside the picture and nothing drawn is lost for good."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw
from reviewtui.ui.actions.marking import parse_feather
from reviewtui.ui.marking import Marking, marking_from_data

sizes = st.builds(PixelSize, st.integers(1, 3000), st.integers(1, 3000))
far = st.integers(-5000, 5000)


@st.composite
def rects_in(draw: st.DrawFn, size: PixelSize) -> PixelRect:
    x, y = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    return PixelRect(x, y, draw(st.integers(1, size.width - x)), draw(st.integers(1, size.height - y)))


@st.composite
def steps(draw: st.DrawFn, size: PixelSize) -> Callable[[Marking], Marking]:
    dx, dy, step = draw(far), draw(far), draw(st.integers(-200, 200))
    rect = draw(rects_in(size))
    chosen: Callable[[Marking], Marking] = draw(
        st.sampled_from([
            lambda m: m.begun(rect), lambda m: m.moved(dx, dy), Marking.corner_set, Marking.other_corner,
            Marking.region_done, lambda m: m.with_rect(rect), lambda m: m.grown(step), Marking.deleted,
            Marking.next_region, Marking.brought_back,
        ])
    )  # fmt: skip
    return chosen


@st.composite
def histories(draw: st.DrawFn) -> list[Marking]:
    size = draw(sizes)
    marking = Marking(size).begun(draw(rects_in(size)))
    states = [marking]
    for step in draw(st.lists(steps(size), max_size=25)):
        marking = step(marking)
        states.append(marking)
    return states


@given(histories())
def test_marking__any_keys__regions_stay_inside_and_make_a_mask(states: list[Marking]) -> None:
    for marking in states:
        whole = PixelRect.of_size(marking.size)
        assert all(whole.contains_rect(region) for region in marking.regions)
        if marking.corner is not None:
            assert whole.contains(*marking.corner)
        mask = marking.mask()
        assert (mask is None) == (not marking.regions)
        assert mask is None or mask.regions == marking.regions


@given(histories())
def test_marking__as_a_draft__comes_back_as_it_was(states: list[Marking]) -> None:
    marking = states[-1]
    again = marking_from_data(json.loads(json.dumps(marking.to_data())), marking.size)
    assert again is not None
    assert again.regions == marking.regions
    other = PixelSize(marking.size.width + 1, marking.size.height)
    assert marking_from_data(marking.to_data(), other) is None


@given(histories())
def test_marking__deleted__is_brought_back(states: list[Marking]) -> None:
    marking = states[-1]
    deleted = marking.deleted()
    assert len(deleted.regions) == max(len(marking.regions) - 1, 0)
    if marking.regions:
        assert deleted.brought_back().regions == marking.regions


@given(histories())
def test_marking__next_region__only_turns_them_round(states: list[Marking]) -> None:
    marking = states[-1]
    turned = marking.next_region()
    assert sorted(turned.regions) == sorted(marking.regions)


@given(sizes.flatmap(lambda size: st.tuples(st.just(size), rects_in(size), far, far)))
def test_marking__moved_before_the_first_corner__keeps_its_size(
    drawn: tuple[PixelSize, PixelRect, int, int],
) -> None:
    size, seen, dx, dy = drawn
    begun = Marking(size).begun(seen)
    moved = begun.moved(dx, dy)
    assert begun.active_rect is not None
    assert moved.active_rect is not None
    assert moved.active_rect.size == begun.active_rect.size
    wanted_x = begun.active_rect.x + dx
    assert moved.active_rect.x == min(max(wanted_x, 0), size.width - begun.active_rect.width)


@given(sizes.flatmap(lambda size: st.tuples(st.just(size), rects_in(size), far, far)))
def test_marking__moved_corner__leaves_the_other_where_it_is(drawn: tuple[PixelSize, PixelRect, int, int]) -> None:
    size, rect, dx, dy = drawn
    marking = Marking(size).with_rect(rect)
    moved = marking.moved(dx, dy)
    assert marking.active is not None
    assert moved.active is not None
    assert moved.active[0] == marking.active[0]
    x, y = marking.active[1]
    assert moved.active[1] == (min(max(x + dx, 0), size.width - 1), min(max(y + dy, 0), size.height - 1))


def test_marking__history__is_bounded() -> None:
    marking = Marking(PixelSize(9, 9))
    for _ in range(200):
        marking = marking.begun(PixelRect(0, 0, 9, 9))
    assert len(marking.history) == 50


def test_marking__rectangle_outside__is_refused() -> None:
    with pytest.raises(InputError, match="outside"):
        Marking(PixelSize(10, 10)).with_rect(PixelRect(10, 0, 5, 5))


def test_marking__draft_with_everything__comes_back() -> None:
    marking = Marking(
        PixelSize(10, 10), (PixelRect(1, 2, 3, 4),), invert=True, feather_px=0, preset="border", flaw=Flaw.LOGO,
        severity=3, text="melts",
    )  # fmt: skip
    assert marking_from_data(marking.to_data(), marking.size) == marking


@pytest.mark.parametrize(
    "body",
    [
        {}, {"width": 10}, {"width": "10", "height": 10, "regions": []},
        {"width": 10, "height": 10, "regions": [[0, 0, 0, 0]]}, {"width": 10, "height": 10, "regions": [[1, 2, 3]]},
        {"width": 10, "height": 10, "regions": 7}, {"width": 10, "height": 10, "regions": [["a", 0, 1, 1]]},
        {"width": 10, "height": 10, "regions": [], "flaw": "nose"},
        {"width": 10, "height": 10, "regions": [], "severity": "much"}, {"text": "a note's draft"},
    ],
)  # fmt: skip
def test_marking__what_is_no_draft__is_none(body: dict[str, object]) -> None:
    assert marking_from_data(body, PixelSize(10, 10)) is None


def test_marking__regions_of_a_draft_outside__are_left_out() -> None:
    body = {"width": 10, "height": 10, "regions": [[0, 0, 2, 2], [9, 9, 2, 2], [-1, 0, 2, 2]]}
    again = marking_from_data(body, PixelSize(10, 10))
    assert again is not None
    assert again.regions == (PixelRect(0, 0, 2, 2),)


@pytest.mark.parametrize(
    "body",
    [
        {"width": 10, "height": 10, "regions": [[0, 0, 2, 2]], "feather_px": "much"},
        {"width": 10, "height": 10, "regions": [[0, 0, 2, 2]], "feather_px": -4},
        {"width": 10, "height": 10, "regions": [[0, 0, 2, 2]], "severity": 9},
    ],
)
def test_marking__draft_that_could_not_be_sent__is_none(body: dict[str, object]) -> None:
    assert marking_from_data(body, PixelSize(10, 10)) is None


@pytest.mark.parametrize(("typed", "px"), [("0", 0), (" 12 ", 12), ("a", None), ("AUTO", None), ("", None)])
def test_feather__typed__is_read(typed: str, px: int | None) -> None:
    assert parse_feather(typed) == px


@pytest.mark.parametrize("typed", ["-1", "4097", "1.5", "²", "x", "0x4", "1e3"])
def test_feather__nonsense__is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="feather"):
        parse_feather(typed)
