"""Copies are brought to the tone of what they lie beside, and nothing that ends at the hole bleeds into it."""

import numpy as np
import pytest

from reviewtui.engines.base import EngineRequest
from reviewtui.engines.catalog import PatchParams
from reviewtui.engines.patch import PatchEngine
from reviewtui.engines.toning import offsets, toned
from reviewtui.engines.two_scale import Origins
from reviewtui.model.lifecycle import Verb
from tests.support.haze import haze
from tests.unit.test_patch_engine import Listener

WALL = (40, 60)
SKY = 420


@pytest.fixture(scope="module")
def engine() -> PatchEngine:
    loaded = PatchEngine()
    loaded.load("cpu")
    return loaded


def wall(darker: int) -> tuple[np.ndarray, np.ndarray, Origins]:
    """A wall at the scale of a search: its right third is darker, and its hole was copied from there."""
    small = np.full((*WALL, 3), 150, np.uint8)
    small[:, 40:] = 150 - darker
    hole = np.zeros(WALL, np.bool_)
    hole[10:20, 10:20] = True
    number = np.full((WALL[0] + 2, WALL[1] + 2), -1, dtype=np.int64)
    rows, columns = np.nonzero(hole)
    number[rows + 1, columns + 1] = np.arange(rows.size)
    return small, hole, Origins(number, rows, columns + 35)


def test_offsets__copy_that_is_a_little_darker__is_lifted_to_what_it_lies_beside() -> None:
    small, hole, origins = wall(darker=12)
    found = offsets(small, hole, origins)
    assert np.abs(found[hole] - 12).max() < 2
    assert np.abs(found[~hole][np.abs(found[~hole]).max(axis=1) > 0] - 12).max() < 2, "goes on right beside it"
    assert not found[:, 25:].any()


def test_offsets__copy_of_another_thing__keeps_its_color() -> None:
    small, hole, origins = wall(darker=60)
    assert np.abs(offsets(small, hole, origins)).max() < 0.5


@pytest.mark.parametrize(("dtype", "unit"), [(np.uint8, 1), (np.uint16, 257)])
def test_toned__eight_and_sixteen_bits__the_same_levels_and_nothing_elsewhere(dtype: type, unit: int) -> None:
    small, hole, origins = wall(darker=12)
    near = np.kron(hole, np.ones((4, 4), bool)).astype(bool)
    copied = np.full((160, 240), 150 * unit, dtype)
    copied[near] = 138 * unit
    result = toned(copied, near, small, hole, origins, 4)
    assert result.dtype == dtype
    assert abs(int(result[60, 60]) - 150 * unit) <= 2 * unit
    assert np.array_equal(result[~near], copied[~near])


def sky(*poles: tuple[int, int, int]) -> np.ndarray:
    """A bright sky with grain; dark poles from the top at x, so wide, down to y."""
    down = np.linspace(0, 1, SKY)[:, np.newaxis, np.newaxis]
    image = np.array([110, 150, 200]) * (1 - down) + np.array([190, 210, 230]) * down + np.zeros((SKY, SKY, 1))
    for x, width, bottom in poles:
        image[:bottom, x : x + width] = (40, 30, 25)
    image += np.random.default_rng(0).normal(0, 3, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "poles",
    [[(180, 60, 200)], [(180, 60, SKY)], [(150, 20, SKY), (230, 20, SKY)]],
    ids=["a pole ends in the hole", "a pole goes through", "two cables go through"],
)
def test_patch__dark_thing_cut_by_the_hole__leaves_no_haze(
    engine: PatchEngine, poles: list[tuple[int, int, int]]
) -> None:
    image, mask = sky(*poles), np.zeros((SKY, SKY), np.uint8)
    mask[140:290, 130:290] = 255
    filled = engine.inpaint(EngineRequest(Verb.REMOVE, PatchParams(), image, mask, (1,)), Listener()).images[0]
    assert haze(filled, mask > 0) < haze(image, mask > 0) + 1
