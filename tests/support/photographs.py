"""Known places in real photographs: the samples of the repository, and what scikit-image or Debian's wallpapers add."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from reviewtui.model.geometry import PixelRect

ROOT = Path(__file__).parents[2]
#: Untouched photographs, or ones whose planted flaw is small against them.
SAMPLES = sorted((ROOT / "data").rglob("*_v001.*"))
_LONGEST_PX = 2048


def extra_photographs() -> list[Path]:
    """Photographs of other packages, where they are installed; empty elsewhere."""
    found: list[Path] = []
    skimage = find_spec("skimage")
    if skimage is not None and skimage.origin is not None:
        data = Path(skimage.origin).parent / "data"
        found += [path for name in ("brick.png", "grass.png", "gravel.png") if (path := data / name).is_file()]
    for folder in ("/usr/share/backgrounds/mate/nature", "/usr/share/wallpapers/summer_1am/contents/images"):
        found += sorted(path for path in Path(folder).glob("*.jpg") if path.is_file())
    return found


def load(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3), at most 2048 px long."""
    with Image.open(path) as image:
        rgb = image.convert("RGB")
        rgb.thumbnail((_LONGEST_PX, _LONGEST_PX), Image.Resampling.LANCZOS)
        return np.asarray(rgb).copy()


def blurred(rgb: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """As a model's decoder leaves it when it smears."""
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(sigma_px)))


def places(rgb: NDArray[np.uint8], count: int, seed: int = 11) -> Iterator[PixelRect]:
    """Rectangles well inside a photograph, always the same ones."""
    generator = np.random.default_rng(seed)
    height, width = rgb.shape[:2]
    for _ in range(count):
        w, h = int(generator.integers(60, width // 3)), int(generator.integers(50, height // 3))
        x, y = int(generator.integers(40, width - w - 40)), int(generator.integers(40, height - h - 40))
        yield PixelRect(x, y, w, h)


def support_of(rgb: NDArray[np.uint8], place: PixelRect) -> NDArray[np.bool_]:
    """(H, W), true in the rectangle."""
    plane = np.zeros(rgb.shape[:2], dtype=np.bool_)
    plane[place.y : place.bottom, place.x : place.right] = True
    return plane
