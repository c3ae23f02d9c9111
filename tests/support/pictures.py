"""Pictures made on the spot for tests: gradients, noise, texture, and one of each awkward kind of file.

Everything is the same on every run.  Sizes are (width, height) in pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

Pixels = NDArray[np.uint8]
Orientation = Literal[1, 2, 3, 4, 5, 6, 7, 8]


def gradient(width: int = 320, height: int = 240) -> Image.Image:
    """RGB: red grows to the right, green downwards, blue is their mean; every pixel of a small one is distinct."""
    x = np.linspace(0, 255, width)[None, :].repeat(height, axis=0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, axis=1)
    return Image.fromarray(np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8))


def noise(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    """RGB of independent random bytes: no two seeds give the same bytes, and nothing compresses."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def solid(width: int = 320, height: int = 240, colour: tuple[int, int, int] = (90, 120, 150)) -> Image.Image:
    """RGB of one colour."""
    return Image.new("RGB", (width, height), colour)


def texture(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    """RGB like a photograph of grass: smooth light and fine grain, so that a patch fill has something to copy."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(40, 200, (6, 8, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    grain = random.normal(0, 14, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8))


def with_blemish(
    image: Image.Image, rect: tuple[int, int, int, int], colour: tuple[int, int, int] = (220, 30, 200)
) -> Image.Image:
    """A copy with a solid patch of `colour` on `rect` (x, y, width, height): a flaw to be repaired."""
    out = image.convert("RGB")
    x, y, width, height = rect
    out.paste(colour, (x, y, x + width, y + height))
    return out


def pixels(image: Image.Image | Path) -> Pixels:
    """RGB pixels of shape (height, width, 3), dtype uint8; a path is opened first."""
    if isinstance(image, Path):
        with Image.open(image) as opened:
            return np.asarray(opened.convert("RGB"))
    return np.asarray(image.convert("RGB"))


def write_png(path: Path, image: Image.Image | None = None, texts: dict[str, str] | None = None) -> Path:
    """PNG, with text chunks such as ``{"parameters": "..."}``; a gradient if no picture is given."""
    info = PngInfo()
    for key, value in (texts or {}).items():
        info.add_text(key, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or gradient()).save(path, "PNG", pnginfo=info, compress_level=1)
    return path


def write_jpeg(path: Path, image: Image.Image | None = None, orientation: Orientation = 1, quality: int = 90) -> Path:
    """JPEG with an EXIF orientation; 6 and 8 swap width and height on display."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or gradient()).save(path, "JPEG", quality=quality, exif=exif)
    return path


def write_webp(path: Path, image: Image.Image | None = None, lossless: bool = True) -> Path:
    """WebP, lossless unless told otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or gradient()).save(path, "WEBP", lossless=lossless, method=0)
    return path


def write_tiny_png(path: Path) -> Path:
    """A PNG of one pixel."""
    return write_png(path, solid(1, 1))


def write_alpha_png(path: Path, width: int = 320, height: int = 240) -> Path:
    """RGBA PNG: the gradient, its opacity growing from 0 on the left to 255 on the right."""
    image = gradient(width, height).convert("RGBA")
    image.putalpha(gradient(width, height).getchannel("R"))
    return write_png(path, image)


def write_gray16_png(path: Path, width: int = 320, height: int = 240) -> Path:
    """Gray PNG of 16 bits a pixel, from 0 to 65535 left to right."""
    ramp = np.linspace(0, 65535, width).astype(np.uint16)[None, :].repeat(height, axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ramp).save(path, "PNG")
    return path


def write_palette_png(path: Path, width: int = 320, height: int = 240) -> Path:
    """PNG with a palette of 64 colours."""
    return write_png(path, gradient(width, height).quantize(64))


def write_cmyk_jpeg(path: Path, width: int = 320, height: int = 240) -> Path:
    """JPEG in the four printing inks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    gradient(width, height).convert("CMYK").save(path, "JPEG", quality=90)
    return path


def write_truncated_jpeg(path: Path, share: float = 0.5) -> Path:
    """A JPEG of which only the first `share` (0 to 1) of the bytes is there."""
    data = write_jpeg(path, noise()).read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def write_text_as_png(path: Path) -> Path:
    """A text file with the name of a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<!doctype html><title>404</title>\n", encoding="utf-8")
    return path


def write_versions(folder: Path, key: str, count: int, size: tuple[int, int] = (64, 48)) -> list[Path]:
    """`count` files ``KEY_v001.png``, ``KEY_v002.png``, ... below `folder`, each with other bytes."""
    return [write_png(folder / f"{key}_v{n:03d}.png", noise(*size, seed=n)) for n in range(1, count + 1)]
