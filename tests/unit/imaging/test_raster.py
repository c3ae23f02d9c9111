"""A mask that came as a picture: what it weighs, what is mended, and that it is never taken for its bounds."""

import numpy as np
import pytest

from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.masks import edit_masks, rasterise
from reviewtui.imaging.raster import PINHOLE_PX, bounds_of, cleaned, fitted, painted, weights_of
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec, mask_from_data

SHA = "0" * 64
SIZE = PixelSize(120, 90)


def plane(*rects: tuple[int, int, int, int, int]) -> np.ndarray:
    made = np.zeros((SIZE.height, SIZE.width), dtype=np.uint8)
    for x, y, width, height, value in rects:
        made[y : y + height, x : x + width] = value
    return made


def spec_of(weights: np.ndarray, **changes: object) -> MaskSpec:
    return MaskSpec(SIZE, (bounds_of(weights),), raster_sha256=SHA, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pixels", "mode", "expected"),
    [
        (np.full((2, 3), 200, np.uint8), "L", 200),
        (np.full((2, 3), 200 << 8, np.uint16), "I;16", 200),
        (np.full((2, 3, 3), 200, np.uint8), "RGB", 200),
        (np.dstack([np.full((2, 3, 3), 255, np.uint8), np.full((2, 3, 1), 100, np.uint8)]), "RGBA", 100),
        (np.dstack([np.full((2, 3, 1), 200, np.uint8), np.zeros((2, 3, 1), np.uint8)]), "LA", 0),
        (np.full((2, 3, 3), 200 << 8, np.uint16), "RGB;16", 200),
        (np.dstack([np.full((2, 3, 3), 0xFFFF, np.uint16), np.full((2, 3, 1), 100 << 8, np.uint16)]), "RGBA;16", 100),
    ],
    ids=["grey", "16-bit", "color", "half transparent white", "transparent", "16-bit color", "16-bit half transparent"],
)
def test_weights_of__every_mode__is_brightness_times_opacity(pixels: np.ndarray, mode: str, expected: int) -> None:
    assert (weights_of(NativePicture(pixels, mode)) == expected).all()


def test_cleaned__noise_and_nearly_full__are_dropped_and_snapped() -> None:
    made = cleaned(plane((0, 0, 10, 10, 25), (20, 20, 10, 10, 26), (40, 40, 30, 30, 253), (80, 40, 10, 10, 252)))
    assert made[5, 5] == 0
    assert made[25, 25] == 26
    assert made[50, 50] == 255
    assert made[45, 85] == 252


def test_cleaned__pinholes_are_filled__a_ring_and_a_bay_stay() -> None:
    weights = plane((10, 10, 60, 60, 255), (20, 20, 5, 7, 0), (38, 38, 24, 24, 0), (30, 10, 3, 40, 0))
    made = cleaned(weights)
    assert (made[20:27, 20:25] == 255).all(), "a speck inside is no hole that anybody meant"
    assert (made[38:62, 38:62] == 0).sum() > 20 * 20, "wider than a pinhole: a ring is meant as a ring"
    assert (made[10:30, 30:33] == 0).all(), "a bay is open to the outside"
    assert 2 * PINHOLE_PX < 24


def test_cleaned__nothing_half_white__is_refused() -> None:
    with pytest.raises(InputError, match="selects nothing"):
        cleaned(plane((0, 0, 50, 50, 127)))


def test_painted_and_fitted__regions_are_added_and_the_size_is_the_pictures() -> None:
    weights = painted(plane((0, 0, 4, 4, 255)), (PixelRect(100, 80, 20, 10),))
    assert weights[85, 110] == 255
    doubled = fitted(weights, PixelSize(240, 180))
    assert doubled.shape == (180, 240)
    assert doubled[170, 220] == 255
    assert doubled[90, 120] == 0
    assert fitted(weights, SIZE) is weights


def test_rasterise__a_disc__is_the_disc_and_not_its_bounds() -> None:
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    weights = (((x - 60) ** 2 + (y - 45) ** 2 <= 20**2) * 255).astype(np.uint8)
    spec = spec_of(weights)
    box = PixelRect.of_size(SIZE)
    assert (rasterise(spec, box, weights) == (weights > 0)).all()
    masks = edit_masks(spec.with_feather(0), for_model=True, raster=weights)
    laid = np.zeros_like(weights)
    laid[masks.box.y : masks.box.bottom, masks.box.x : masks.box.right] = masks.alpha
    assert (laid == weights).all()
    assert masks.edge_px == 0


def test_edit_masks__soft_samples__stay_soft_and_the_edge_that_is_said_holds_them() -> None:
    weights = cleaned(plane((40, 30, 30, 30, 255)))
    weights[30:60, 70:80] = np.linspace(250, 30, 10).astype(np.uint8)
    masks = edit_masks(spec_of(weights, feather_px=0), for_model=False, raster=weights)
    laid = np.zeros_like(weights)
    laid[masks.box.y : masks.box.bottom, masks.box.x : masks.box.right] = masks.alpha
    assert (laid[30:60, 40:70] == 255).all()
    assert 30 <= laid[45, 79] < 128
    core = np.flatnonzero((weights >= 128)[45])
    assert masks.edge_px == 79 - core[-1]


@pytest.mark.parametrize("grow", [-3, 4])
def test_rasterise__grown_and_inverted_samples__move_the_edge(grow: int) -> None:
    weights = plane((30, 30, 20, 20, 255))
    box = PixelRect.of_size(SIZE)
    grown = rasterise(spec_of(weights, grow_px=grow), box, weights)
    assert grown.sum() == (20 + 2 * grow) ** 2
    inverted = rasterise(spec_of(weights, invert=True), box, weights)
    assert (inverted == (weights == 0)).all()


def test_rasterise__samples_missing_or_of_another_picture__is_refused() -> None:
    weights = plane((30, 30, 20, 20, 255))
    with pytest.raises(InputError, match="needs its samples"):
        rasterise(spec_of(weights), PixelRect.of_size(SIZE))
    with pytest.raises(InputError, match="needs its samples"):
        rasterise(MaskSpec(SIZE, (PixelRect(0, 0, 4, 4),)), PixelRect.of_size(SIZE), weights)
    with pytest.raises(InputError, match="samples of the mask are"):
        rasterise(spec_of(weights), PixelRect.of_size(SIZE), weights[:10])


def test_mask__data_round_trip__keeps_the_samples_and_old_masks_read_as_before() -> None:
    spec = spec_of(plane((1, 2, 3, 4, 255)))
    assert mask_from_data(spec.to_data()) == spec
    plain = MaskSpec(SIZE, (PixelRect(1, 2, 3, 4),))
    assert "raster_sha256" not in plain.to_data()
    assert mask_from_data(plain.to_data()) == plain
    with pytest.raises(InputError, match="SHA-256"):
        MaskSpec(SIZE, (PixelRect(0, 0, 1, 1),), raster_sha256="../../etc/passwd")
