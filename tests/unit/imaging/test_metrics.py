"""Measurements: the whole frame is compared, and a seam is seen where there is one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.metrics import SEAM_WARNING, outside_changed, rgb_to_lab, seam
from reviewtui.model.geometry import PixelRect
from tests.support.textures import texture

BOX = PixelRect(20, 10, 30, 40)


def alpha() -> np.ndarray:
    plane = np.zeros((40, 30), dtype=np.uint8)
    plane[5:35, 5:25] = 200
    return plane


@pytest.mark.parametrize("where", [(0, 0), (59, 99), (9, 30), (50, 30), (20, 19), (20, 50), (10, 20), (14, 30)])
def test_outside_changed__one_sample_anywhere_outside__is_found(where: tuple[int, int]) -> None:
    base = texture(60, 100)
    result = base.copy()
    result[where][1] ^= 8
    assert outside_changed(base, result, BOX, alpha()) == (1, 8)


def test_outside_changed__changes_under_the_alpha__are_fine() -> None:
    base = texture(60, 100)
    result = base.copy()
    result[15:45, 25:45] = 0
    assert outside_changed(base, result, BOX, alpha()) == (0, 0)
    with pytest.raises(ValueError, match="one shape"):
        outside_changed(base, result[:-1], BOX, alpha())


def test_outside_changed__box_is_the_frame__only_alpha_counts() -> None:
    base = np.zeros((40, 30), dtype=np.uint16)
    result = base.copy()
    result[0, 0] = 40_000
    assert outside_changed(base, result, PixelRect(0, 0, 30, 40), alpha()) == (1, 40_000)


def support(height: int = 300, width: int = 400) -> np.ndarray:
    plane = np.zeros((height, width), dtype=bool)
    plane[100:220, 120:300] = True
    return plane


@pytest.mark.parametrize("seed", range(5))
def test_seam__untouched_texture__about_one_and_a_shift_shows(seed: int) -> None:
    rgb = texture(300, 400, seed, contrast=25)
    truth = seam(rgb, support())
    assert truth is not None
    assert 0.85 < truth < 1.2
    shifted = rgb.astype(np.int16)
    shifted[support()] += 20
    value = seam(np.clip(shifted, 0, 255).astype(np.uint8), support())
    assert value is not None
    assert value > SEAM_WARNING


def test_seam__flat_area__stays_near_one_without_dividing_by_nothing() -> None:
    flat = np.full((300, 400, 3), 90, dtype=np.uint8)
    assert seam(flat, support()) == 1.0


def test_seam__no_edge_or_no_room__is_not_measured() -> None:
    rgb = texture(40, 40)
    assert seam(rgb, np.ones((40, 40), dtype=bool)) is None
    assert seam(rgb, np.zeros((40, 40), dtype=bool)) is None
    assert seam(rgb[:3, :3], np.eye(3, dtype=bool)) is None


def test_seam__support_at_the_border__measured_on_the_inner_sides() -> None:
    plane = np.zeros((300, 400), dtype=bool)
    plane[:, :150] = True
    value = seam(texture(300, 400, contrast=25), plane)
    assert value is not None
    assert 0.8 < value < 1.25


def test_rgb_to_lab__known_colors__as_published() -> None:
    colors = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [119, 119, 119]], np.uint8)
    expected: list[list[float]] = [
        [100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86], [50.03, 0, 0],
    ]  # fmt: skip
    assert np.allclose(rgb_to_lab(colors), expected, atol=0.05)


PHOTOS = sorted((Path(__file__).parents[3] / "data").rglob("*_v001.*"))


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_seam__real_photographs__truth_passes_and_a_shift_by_20_levels_does_not(path: Path) -> None:
    """Calibration: on untouched photographs the measure is about 1, so that a warning means something."""
    with Image.open(path) as image:
        rgb = np.asarray(image.convert("RGB"))
    height, width = rgb.shape[:2]
    generator = np.random.default_rng(11)
    truth, shifted = [], []
    for _ in range(9):
        w, h = generator.integers(60, width // 3), generator.integers(50, height // 3)
        x, y = generator.integers(15, width - w - 15), generator.integers(15, height - h - 15)
        plane = np.zeros((height, width), dtype=bool)
        plane[y : y + h, x : x + w] = True
        lighter = rgb.astype(np.int16)
        lighter[plane] += 20
        truth.append(seam(rgb, plane))
        shifted.append(seam(np.clip(lighter, 0, 255).astype(np.uint8), plane))
    assert 0.8 < np.median(np.array(truth, dtype=float)) < 1.2
    assert np.median(np.array(shifted, dtype=float)) > SEAM_WARNING


def test_seam__photographs_of_the_sample_workspace__are_there() -> None:
    assert len(PHOTOS) >= 3
