"""A first look must be cheap and still be the picture."""

import numpy as np
import pytest

from reviewtui.model.geometry import CellRect, PixelSize
from reviewtui.ui.pictures.flattening import flattened
from reviewtui.ui.pictures.raster import ItermCode, RasterCode, SixelCode, pieces_for
from reviewtui.ui.pictures.sixel import MAX_COLOURS
from tests.support.sixel_decoder import decode_sixels
from tests.support.textures import psnr_db, texture

SLOW, LOCAL = 125_000.0, 20_000_000.0
GRAIN = PixelSize(10, 20)


def test_flattened__fewer_runs_than_pixels__keeps_to_the_number_and_to_its_rows() -> None:
    pixels = texture(60, 90)
    colours, run_of = flattened(pixels, 400)
    assert colours.shape[1] <= 400
    # Numbers rise from run to run, so no run reaches into another row.
    assert (np.diff(run_of.ravel()) >= 0).all()
    assert (run_of[1:, 0] > run_of[:-1, -1]).all()
    for run in (0, 17, colours.shape[1] - 1):
        assert np.abs(pixels[run_of == run].mean(axis=0) - colours[0, run]).max() <= 1


def test_flattened__edges__stay_where_they_are() -> None:
    pixels = np.zeros((4, 40, 3), dtype=np.uint8)
    pixels[:, 13:] = 200
    pixels[2, 30] = 90
    colours, run_of = flattened(pixels, 10)
    assert (colours[0][run_of] == pixels).all()
    assert flattened(pixels[:1, :1], 1)[0].shape == (1, 1, 3)


def test_flattened__more_runs__are_closer_to_the_picture() -> None:
    pixels = texture(80, 160)
    levels = []
    for most in (200, 800, 3200):
        colours, run_of = flattened(pixels, most)
        levels.append(psnr_db(colours[0][run_of], pixels))
    assert levels == sorted(levels)
    assert levels[-1] > levels[0] + 3


@pytest.mark.parametrize(("rung", "limit_bytes", "least_db"), [(0, 18_000, 18), (1, 170_000, 24)])
def test_sixel__looks__keep_to_their_bytes_on_a_slow_line(rung: int, limit_bytes: int, least_db: float) -> None:
    pixels = texture(680, 1000, contrast=30)
    code = SixelCode(limit_px=None, most_pieces=None)
    prepared = code.prepare(pixels, rung, SLOW)
    text = code.encode(prepared, CellRect(0, 0, 100, 34), GRAIN)
    assert len(text) < limit_bytes
    (picture,) = decode_sixels(text)
    assert picture.percent.min() >= 0
    assert not picture.defined_unselected
    assert psnr_db(np.round(picture.percent * 2.55).astype(np.uint8), pixels) > least_db


def test_sixel__few_registers__are_all_that_is_used() -> None:
    code = SixelCode(colours=16)
    for rung in range(3):
        text = code.encode(code.prepare(texture(60, 90), rung, SLOW), CellRect(0, 0, 9, 3), GRAIN)
        (picture,) = decode_sixels(text)
        assert len(picture.registers) <= 16 < MAX_COLOURS


@pytest.mark.parametrize("code", [SixelCode(), ItermCode()], ids=["sixel", "iterm2"])
def test_ladder__line_and_size__decide_which_looks_are_worth_while(code: RasterCode) -> None:
    best = len(code.truths) - 1
    big, small = 1600 * 900, 60 * 40
    assert code.ladder(big, SLOW) == tuple(range(best + 1))
    assert code.ladder(small, SLOW)[-1] == code.ladder(big, LOCAL)[-1] == best
    assert code.ladder(small, SLOW)[0] > 0
    assert code.ladder(big, LOCAL)[0] > 0


def test_pieces__of_a_slow_line__take_less_than_a_tenth_of_a_second() -> None:
    assert pieces_for(1_000_000, SLOW) == 114
    assert pieces_for(1_000_000, LOCAL) == 5
    assert pieces_for(10, SLOW) == 1
