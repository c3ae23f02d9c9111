"""Composed pictures against composing them pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from reviewtui.imaging.scaling import view
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures import Difference, Overlaid, Pixels, Wipe, have_one_shape


@dataclass(frozen=True)
class Kept:
    """A picture in memory."""

    pixels: Pixels
    key: str

    @property
    def size(self) -> PixelSize:
        return PixelSize(self.pixels.shape[1], self.pixels.shape[0])

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        return view(self.pixels, box, (target.width, target.height))


def noise(width: int, height: int, seed: int) -> Kept:
    return Kept(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8), f"n{seed}")


A, B = noise(40, 30, 1), noise(40, 30, 2)
BOX = PixelRect(4, 6, 20, 10)


def part(kept: Kept) -> Pixels:
    return kept.pixels[6:16, 4:24]


def test_wipe__edge_in_view__has_each_picture_on_its_side_of_one_line() -> None:
    shown = Wipe(A, B, 12).load(BOX, BOX.size)
    assert np.array_equal(shown[:, :8], part(A)[:, :8])
    assert np.array_equal(shown[:, 9:], part(B)[:, 9:])


@pytest.mark.parametrize(("edge", "whole"), [(0, B), (4, B), (24, A), (40, A)])
def test_wipe__edge_out_of_view__is_one_picture_as_it_is(edge: int, whole: Kept) -> None:
    assert np.array_equal(Wipe(A, B, edge).load(BOX, BOX.size), part(whole))


def test_wipe__one_shown_column__still_loads() -> None:
    assert Wipe(A, B, 10).load(BOX, PixelSize(1, 1)).shape == (1, 1, 3)


@pytest.mark.parametrize("gain", [1, 4, 16])
def test_difference__pixel_for_pixel__is_the_distance_times_the_gain(gain: int) -> None:
    shown = Difference(A, B, gain).load(BOX, BOX.size)
    wanted = np.minimum(np.abs(part(A).astype(int) - part(B)) * gain, 255)
    assert np.array_equal(shown, wanted)


def test_difference__one_changed_pixel_reduced__is_still_seen() -> None:
    pixels = A.pixels.copy()
    pixels[13, 17] ^= 255
    shown = Difference(A, Kept(pixels, "one"), 1).load(PixelRect(0, 0, 40, 30), PixelSize(10, 10))
    assert shown[4, 4].max() > 0
    assert np.count_nonzero(shown.any(axis=2)) <= 4


def test_difference__two_sizes__is_refused_in_words() -> None:
    with pytest.raises(InputError, match="20×15"):
        Difference(A, noise(20, 15, 3), 1).load(BOX, BOX.size)


@pytest.mark.parametrize("percent", [0, 25, 50, 75, 100])
def test_overlay__pixel_for_pixel__is_the_rounded_mean(percent: int) -> None:
    shown = Overlaid(A, B, percent).load(BOX, BOX.size)
    mixed = (part(A).astype(int) * (100 - percent) + part(B).astype(int) * percent + 50) // 100
    assert np.array_equal(shown, mixed)


def test_overlay__second_twice_as_large__lies_on_the_same_place() -> None:
    doubled = noise(80, 60, 5)
    wanted = doubled.load(PixelRect(8, 12, 40, 20), BOX.size)
    assert np.array_equal(Overlaid(A, doubled, 100).load(BOX, BOX.size), wanted)


def test_overlay__second_a_little_larger__lies_on_the_same_place() -> None:
    ramp = np.linspace(0, 250, 60).astype(np.uint8)
    frame = Kept(np.zeros((30, 40, 3), dtype=np.uint8), "frame")
    larger = Kept(np.broadcast_to(ramp[None, :, None], (45, 60, 3)).copy(), "ramp")
    shown = Overlaid(frame, larger, 100).load(PixelRect(7, 5, 20, 10), PixelSize(20, 10))[0, :, 0].astype(int)
    wanted = np.interp((np.arange(7, 27) + 0.5) * 1.5 - 0.5, np.arange(60), ramp)
    assert np.abs(shown - wanted).max() <= 3


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((1024, 683), (2048, 1365), True),
        ((1024, 683), (2048, 1366), True),
        ((1024, 683), (2048, 1370), False),
        ((100, 100), (100, 100), True),
        ((100, 200), (200, 100), False),
        ((1, 1), (500, 499), True),
        ((1, 1), (500, 100), True),
    ],
)
def test_have_one_shape__two_sizes__allows_only_the_rounding_of_a_pixel(
    first: tuple[int, int], second: tuple[int, int], same: bool
) -> None:
    assert have_one_shape(PixelSize(*first), PixelSize(*second)) is same
    assert have_one_shape(PixelSize(*second), PixelSize(*first)) is same


def test_keys__of_other_parameters__differ() -> None:
    keys = [Wipe(A, B, 1).key, Wipe(A, B, 2).key, Wipe(B, A, 1).key, Difference(A, B, 1).key, Difference(A, B, 2).key]
    keys += [Overlaid(A, B, 1).key, Overlaid(A, B, 2).key, A.key]
    assert len(set(keys)) == len(keys)
