"""Photographs that picture benchmarks use, and how true a copy of one is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parent.parent.parent
FULL = (1600, 900)
PHOTOS = tuple(
    ROOT / "data" / name
    for name in (
        "campaign/dawn_v001.jpg",
        "campaign/hero_v001.jpg",
        "campaign/meadow_v001.jpg",
        "campaign/summit_v001.webp",
        "lobby/dogs_v001.jpg",
        "shop/studio_v001.jpg",
        "social/brushes_v001.jpg",
        "social/dandelion_v001.jpg",
        "social/stream_v001.webp",
    )
)
"""The samples that are large enough; wallpapers of Debian's ``mate-backgrounds`` join them where they are installed."""

_WALLPAPERS = Path("/usr/share/backgrounds/mate/nature")


def photographs() -> list[Path]:
    """Real photographs that fill the frame."""
    return [*PHOTOS, *sorted(_WALLPAPERS.glob("*.jpg"))]


def framed(path: Path, size: tuple[int, int] = FULL) -> NDArray[np.uint8]:
    """A photograph cut and scaled to fill a frame; RGB."""
    with Image.open(path) as image:
        rgb = image.convert("RGB")
    scale = max(size[0] / rgb.width, size[1] / rgb.height)
    width, height = min(round(size[0] / scale), rgb.width), min(round(size[1] / scale), rgb.height)
    left, top = (rgb.width - width) // 2, (rgb.height - height) // 2
    return np.asarray(rgb.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.LANCZOS))


def decibels(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Peak signal to noise ratio; infinite for equal pictures."""
    error = np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))
