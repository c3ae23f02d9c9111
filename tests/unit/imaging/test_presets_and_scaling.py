"""Presets on any picture, and views for the screen."""

import numpy as np
import pytest

from reviewtui.imaging.presets import list_presets, preset_mask
from reviewtui.imaging.scaling import view
from reviewtui.model.errors import NotFoundError
from reviewtui.model.geometry import PixelRect, PixelSize
from tests.support.textures import texture

SIZES = [PixelSize(1, 1), PixelSize(1, 900), PixelSize(2, 3), PixelSize(7, 5), PixelSize(2048, 1365)]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_preset_mask__every_preset__lies_inside_and_selects_something(size: PixelSize) -> None:
    for preset in list_presets():
        spec = preset_mask(preset.name, size)
        assert spec.preset == preset.name
        assert spec.regions


def test_list_presets__keys_and_names__are_unique() -> None:
    presets = list_presets()
    assert len({preset.key for preset in presets}) == len(presets) == len({preset.name for preset in presets})
    assert all(len(preset.key) == 1 and preset.words for preset in presets)


def test_preset_mask__shares__are_what_the_name_says() -> None:
    size = PixelSize(900, 600)
    regions = {preset.name: preset_mask(preset.name, size).regions for preset in list_presets()}
    assert regions["left-half"] == (PixelRect(0, 0, 450, 600),)
    assert regions["right-third"] == (PixelRect(600, 0, 300, 600),)
    assert regions["bottom-right-corner"] == (PixelRect(675, 450, 225, 150),)
    assert regions["bottom-edge"] == (PixelRect(0, 570, 900, 30),)
    assert regions["center"] == (PixelRect(225, 150, 450, 300),)
    assert len(regions["border"]) == 4
    thirds = [regions[name][0] for name in ("left-third", "center-third", "right-third")]
    assert [third.x for third in thirds] == [0, 300, 600]
    assert [third.width for third in thirds] == [300, 300, 300]


def test_preset_mask__unknown_name__says_where_to_look() -> None:
    with pytest.raises(NotFoundError, match="presets"):
        preset_mask("upper-lower", PixelSize(5, 5))


@pytest.mark.parametrize(
    ("box", "target"),
    [
        (PixelRect(0, 0, 400, 300), (80, 60)),
        (PixelRect(0, 0, 400, 300), (1, 1)),
        (PixelRect(3, 5, 371, 211), (97, 53)),
        (PixelRect(10, 10, 5, 5), (50, 40)),
        (PixelRect(10, 10, 30, 30), (45, 31)),
        (PixelRect(390, 290, 50, 50), (20, 20)),
        (PixelRect(0, 0, 400, 1), (7, 30)),
    ],
)
def test_view__any_part__has_the_size_asked_for(box: PixelRect, target: tuple[int, int]) -> None:
    assert view(texture(300, 400), box, target).shape == (target[1], target[0], 3)


def test_view__reduced__keeps_the_mean_and_the_places() -> None:
    rgb = np.zeros((600, 800, 3), dtype=np.uint8)
    rgb[:, 400:] = 200
    small = view(rgb, PixelRect(0, 0, 800, 600), (16, 12))
    assert (small[:, :7] < 8).all()
    assert (small[:, 9:] > 190).all()
    texture_small = view(texture(300, 400), PixelRect(0, 0, 400, 300), (40, 30))
    assert abs(float(texture_small.mean()) - float(texture(300, 400).mean())) < 1


def test_view__enlarged_or_equal__shows_the_pixels_themselves() -> None:
    rgb = texture(20, 20)
    doubled = view(rgb, PixelRect(4, 4, 8, 8), (16, 16))
    assert np.array_equal(doubled[::2, ::2], rgb[4:12, 4:12])
    assert np.array_equal(view(rgb, PixelRect(2, 3, 9, 7), (9, 7)), rgb[3:10, 2:11])


def test_view__nothing_to_show__refused() -> None:
    with pytest.raises(ValueError, match="view"):
        view(texture(9, 9), PixelRect(20, 20, 5, 5), (4, 4))
