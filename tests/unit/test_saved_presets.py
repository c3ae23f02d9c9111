"""A drawn mask as a recipe: the same part of any picture, and nothing read back that was not written so."""

import math

import pytest

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.model.saved_presets import check_preset_name, preset_from_data, preset_from_mask

SIZE = PixelSize(400, 300)
MASK = MaskSpec(SIZE, (PixelRect(40, 30, 100, 60), PixelRect(300, 200, 100, 100)), True, 10, 20)


def test_preset__on_the_picture_that_it_came_from__is_the_same_mask() -> None:
    made = preset_from_mask("logo", MASK).mask(SIZE)
    assert (made.regions, made.invert, made.grow_px, made.feather_px) == (MASK.regions, True, 10, 20)
    assert made.preset == "logo"


def test_preset__on_a_larger_picture__scales_regions_growth_and_feather() -> None:
    made = preset_from_mask("logo", MASK).mask(PixelSize(4000, 3000))
    assert made.regions == (PixelRect(400, 300, 1000, 600), PixelRect(3000, 2000, 1000, 1000))
    assert (made.grow_px, made.feather_px) == (100, 200)


@pytest.mark.parametrize("size", [PixelSize(1, 1), PixelSize(1, 900), PixelSize(3, 2)], ids=str)
def test_preset__on_the_smallest_pictures__selects_at_least_a_pixel_inside(size: PixelSize) -> None:
    made = preset_from_mask("logo", MASK).mask(size)
    assert all(region.width >= 1 and region.height >= 1 for region in made.regions)


def test_preset__data_round_trip__is_the_same() -> None:
    preset = preset_from_mask("logo", MASK)
    assert preset_from_data("logo", preset.to_data()) == preset


@pytest.mark.parametrize("name", ["", "Logo", "a b", "../x", "-x", "x" * 41, "x\n", "é"])
def test_check_preset_name__odd_names__are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_preset_name(name)


@pytest.mark.parametrize(
    "change",
    [
        {"shares": []},
        {"shares": [[0, 0, 1]]},
        {"shares": [[0, 0, 2, 1]]},
        {"shares": [[math.nan, 0, 1, 1]]},
        {"shares": None},
        {"grow_share": math.inf},
        {"feather_share": "x"},
    ],
    ids=str,
)
def test_preset_from_data__broken__is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        preset_from_data("logo", {**preset_from_mask("logo", MASK).to_data(), **change})
