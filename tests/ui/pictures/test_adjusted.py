"""Channels and exposure against formulas worked out sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from reviewtui.ui.pictures import Channel, Tone
from reviewtui.ui.pictures.adjusted import toned

PIXELS = np.random.default_rng(3).integers(0, 256, (7, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize(("channel", "place"), [(Channel.RED, 0), (Channel.GREEN, 1), (Channel.BLUE, 2)])
def test_toned__one_channel__is_its_samples_as_grey(channel: Channel, place: int) -> None:
    shown = toned(PIXELS, Tone(channel))
    for at in range(3):
        assert np.array_equal(shown[:, :, at], PIXELS[:, :, place])


def test_toned__luma__is_the_weighted_mean() -> None:
    shown = toned(PIXELS, Tone(Channel.LUMA))
    for y, x in np.ndindex(7, 9):
        red, green, blue = PIXELS[y, x].tolist()
        assert shown[y, x].tolist() == [round(0.2126 * red + 0.7152 * green + 0.0722 * blue)] * 3


def test_toned__one_stop_up__doubles_the_light() -> None:
    def light(sample: float) -> float:
        return sample / 12.92 if sample <= 0.04045 else ((sample + 0.055) / 1.055) ** 2.4

    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    shown = toned(levels, Tone(half_stops=2)).reshape(256, 3)[:, 0]
    for level in range(256):
        wanted = min(2 * light(level / 255), 1.0)
        assert abs(light(shown[level] / 255) - wanted) <= light(shown[level] / 255 + 1 / 255) - light(
            shown[level] / 255
        )


def test_toned__up_and_down__keeps_black_and_the_order_of_levels() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    for half_stops in (-12, -3, 1, 12):
        shown = toned(levels, Tone(half_stops=half_stops)).reshape(256, 3)[:, 0].astype(int)
        assert shown[0] == 0
        assert (np.diff(shown) >= 0).all()


def test_tone__in_words__names_channel_and_exposure() -> None:
    assert Tone().is_neutral
    assert Tone().words == ""
    assert Tone(Channel.RED).words == "red channel"
    assert Tone(half_stops=-1).words == "-0.5 EV"
    assert Tone(Channel.LUMA, 2).words == "luma channel +1.0 EV"
