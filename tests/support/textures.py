"""Pictures made on the spot for tests: textures with grain and structure, without files."""

import math

import numpy as np
from numpy.typing import NDArray


def low_pass(plane: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Mean over a square, wrapped around."""
    for axis in (0, 1):
        plane = sum(np.roll(plane, k, axis) for k in range(-radius, radius + 1)) / (2 * radius + 1)  # type: ignore[assignment]
    return plane


def texture(height: int, width: int, seed: int = 1, contrast: float = 60.0) -> NDArray[np.uint8]:
    """A mossy, grainy RGB texture, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    layers = [
        low_pass(rng.standard_normal((height, width)), radius) * radius * weight
        for radius, weight in ((1, 0.6), (3, 1.0), (9, 1.2))
    ]
    base = sum(layers)
    planes = [
        128 + shift + contrast * gain * base + rng.standard_normal((height, width)) * 3
        for shift, gain in ((-10, 0.9), (12, 1.0), (-30, 0.6))
    ]
    result: NDArray[np.uint8] = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)
    return result


def stripes(height: int, width: int, period: int = 16) -> NDArray[np.uint8]:
    """Regular slanted stripes with a little grain, (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width]
    wave = 128 + 70 * np.sin(2 * np.pi * (x + y // 2) / period)
    grain = np.random.default_rng(5).standard_normal((height, width)) * 2
    planes = [wave + grain, wave * 0.8 + grain, wave * 0.5 + grain]
    result: NDArray[np.uint8] = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)
    return result


def psnr_db(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Peak signal to noise ratio."""
    error = np.mean((first.astype(np.float64) - second) ** 2)
    return 10 * math.log10(255**2 / max(float(error), 1e-12))
