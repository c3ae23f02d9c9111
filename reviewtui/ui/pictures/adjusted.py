"""A picture seen through one channel or at another exposure, for judging; a source like any other. Must not edit."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.source import PictureSource, Pixels

MOST_HALF_STOPS = 12
_PLACES = {"red": 0, "green": 1, "blue": 2}
_LUMA = np.array([0.2126, 0.7152, 0.0722])


class Channel(StrEnum):
    """What of a picture is seen."""

    ALL = "all"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    LUMA = "luma"
    ALPHA = "alpha"


@dataclass(frozen=True, slots=True)
class Tone:
    """A way to look at pictures.

    Attributes:
        channel: what is seen; grey for all but ``ALL``.
        half_stops: exposure in half stops; 2 doubles the light.
    """

    channel: Channel = Channel.ALL
    half_stops: int = 0

    @property
    def is_neutral(self) -> bool:
        """Whether pictures look as they are."""
        return self.channel is Channel.ALL and not self.half_stops

    @property
    def words(self) -> str:
        """``red channel +1.0 EV``; empty when neutral."""
        channel = "" if self.channel is Channel.ALL else f"{self.channel} channel"
        exposure = f"{self.half_stops / 2:+.1f} EV" if self.half_stops else ""
        return " ".join(filter(None, (channel, exposure)))


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A picture through a tone.

    Attributes:
        inner: the picture; for the alpha channel a picture of it, because pixels here have none.
        tone: how it is looked at.
    """

    inner: PictureSource
    tone: Tone

    @property
    def key(self) -> str:
        """Names the picture and the tone."""
        return f"{self.tone.channel}:{self.tone.half_stops}:{self.inner.key}"

    @property
    def size(self) -> PixelSize:
        """Of the picture."""
        return self.inner.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``."""
        return toned(self.inner.load(box, target), self.tone)


def toned(pixels: Pixels, tone: Tone) -> Pixels:
    """Pixels through a tone.

    Luma is the weighted mean of the encoded samples; exposure multiplies light, so it is applied to linear samples.

    Source: ITU-R BT.709 (weights), IEC 61966-2-1 (transfer function).

    Args:
        pixels: (H, W, 3) uint8 sRGB.
        tone: how to look; for ``ALPHA`` the pixels are taken as they are.
    """
    result = pixels
    if tone.channel in _PLACES:
        result = np.repeat(pixels[:, :, _PLACES[tone.channel], np.newaxis], 3, axis=2)
    elif tone.channel is Channel.LUMA:
        grey = np.rint(pixels @ _LUMA).astype(np.uint8)
        result = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    return _exposure_levels(tone.half_stops)[result] if tone.half_stops else result


@lru_cache(32)
def _exposure_levels(half_stops: int) -> NDArray[np.uint8]:
    value = np.arange(256) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    light = np.minimum(linear * 2.0 ** (half_stops / 2), 1.0)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(encoded * 255).astype(np.uint8)
    return levels
