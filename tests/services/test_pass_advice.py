"""Advice along a line of model passes: counted per pixel, said at three, asked at five."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.model.errors import RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.bought import find_bought
from reviewtui.services.browse import show_asset
from reviewtui.services.pass_advice import PassAdvice, advise, advise_on_note, refuse_unless
from reviewtui.services.workspace import Workspace
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, edit, version_of

PLACE, BESIDE = (10, 10, 24, 20), (60, 44, 24, 20)
MODEL = "diffusers:any"


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png", size=(96, 72))
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def sample(desk: Workspace, times: int) -> None:
    for turn in range(times):
        edit(desk, "hero", PLACE, 40 + 40 * turn, samples=True, seed=turn)


def advice(desk: Workspace, rect: tuple[int, int, int, int] = PLACE, engine: str = MODEL) -> PassAdvice | None:
    version = version_of(desk, "hero")
    spec = MaskSpec(version.size, (PixelRect(*rect),))
    return advise(desk, lambda: DECODER, version, spec, engine)


def test_advise__first_and_second_pass__says_nothing(desk: Workspace) -> None:
    assert advice(desk) is None
    sample(desk, 1)
    assert advice(desk) is None


def test_advise__third_pass__says_where_to_start_again(desk: Workspace) -> None:
    sample(desk, 2)
    said = advice(desk)
    assert said is not None
    assert (said.passes, said.start_number, said.start_passes, said.must_ask) == (3, 1, 0, False)
    assert "start again from v1 (0 there)" in said.words


def test_advise__start__is_the_latest_version_where_the_place_has_fewest(desk: Workspace) -> None:
    edit(desk, "hero", BESIDE, 9, samples=True)
    edit(desk, "hero", BESIDE, 8)
    sample(desk, 2)
    said = advice(desk)
    assert said is not None
    assert said.start_number == 3, "v2 and v3 are about another place"


def test_advise__another_place_or_an_engine_that_copies__says_nothing(desk: Workspace) -> None:
    sample(desk, 4)
    assert advice(desk, BESIDE) is None
    assert advice(desk, engine="patch") is None


def test_advise__fifth_pass__needs_a_yes(desk: Workspace) -> None:
    sample(desk, 4)
    said = advice(desk)
    assert said is not None
    assert said.must_ask
    with pytest.raises(RefusedError, match=r"model pass 5.*start again from v1.*--yes"):
        refuse_unless(said, agreed=False)
    refuse_unless(said, agreed=True)
    refuse_unless(None, agreed=False)


def test_advise__note_s_fix__is_about_the_version_that_it_would_be_made_on(desk: Workspace) -> None:
    sample(desk, 2)
    said = advise_on_note(desk, lambda: DECODER, 1, MODEL)
    assert said is not None
    assert (said.number, said.passes) == (3, 3)


def test_bought__second_pass_on_a_place__is_held_against_the_first(desk: Workspace) -> None:
    edit(desk, "hero", PLACE, 40, samples=True)
    edit(desk, "hero", BESIDE, 50)
    edit(desk, "hero", (10, 10, 24, 18), 160, samples=True, seed=3)
    view = show_asset(desk, "hero")
    assert find_bought(view, view.versions[1]) is None
    assert find_bought(view, view.versions[2]) is None
    fourth = find_bought(view, view.versions[3])
    assert fourth is not None
    assert fourth.since == 2
    assert list(fourth.figures["passes"]) == [1, 2]
    before, now = fourth.to_data()["area_px"]
    assert 0 < now < before
    words = fourth.words()
    assert words[0] == "since v2"
    assert any(word.startswith("passes 1 → 2") for word in words)
    assert fourth.to_data()["since"] == 2
