"""What the Sixel encoder writes, read back by a decoder that shares nothing with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.ui.pictures.sixel import Grain, PaletteImage, encode_sixel, percent, to_palette
from tests.support.pictures import gradient, noise, pixels
from tests.support.sixel_decoder import decode_sixels


@st.composite
def palette_images(draw: st.DrawFn) -> PaletteImage:
    """Noise, long runs and gaps in any number of colours."""
    width, height = draw(st.integers(1, 70)), draw(st.integers(1, 20))
    colours = draw(st.integers(1, 256))
    stretch = draw(st.sampled_from([1, 2, 5, 40]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    coarse = random.integers(0, colours, (height, -(-width // stretch)), dtype=np.uint8)
    indices = np.repeat(coarse, stretch, axis=1)[:, :width]
    return PaletteImage(indices, random.integers(0, 256, (colours, 3), dtype=np.uint8))


@given(palette_images())
@settings(max_examples=150, deadline=None)
def test_encode_sixel__any_picture__reads_back_as_the_same_picture(image: PaletteImage) -> None:
    (picture,) = decode_sixels(encode_sixel(image))
    height, width = image.indices.shape
    assert picture.size == (width, height)
    assert (picture.percent == percent(image.palette)[image.indices]).all()


@given(palette_images())
@settings(max_examples=50, deadline=None)
def test_encode_sixel__any_picture__gives_a_terminal_no_reason_to_scroll_or_guess(image: PaletteImage) -> None:
    text = encode_sixel(image)
    (picture,) = decode_sixels(text)
    assert not picture.defined_unselected
    assert not picture.ends_with_newline
    assert picture.rows_touched < image.indices.shape[0] + 6
    assert sorted(picture.registers) == list(range(len(np.unique(image.indices))))
    assert text.startswith("\x1bP")
    assert text.endswith("\x1b\\")
    assert text.isascii()


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3000, 7), (259, 6), (1260, 13)])
def test_encode_sixel__odd_sizes__read_back(size: tuple[int, int]) -> None:
    image = to_palette(pixels(noise(*size)))
    (picture,) = decode_sixels(encode_sixel(image))
    assert (picture.percent == percent(image.palette)[image.indices]).all()


def test_encode_sixel__rows_worked_on_apart__are_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    image = to_palette(pixels(gradient(61, 50)))
    whole = encode_sixel(image)
    monkeypatch.setattr("reviewtui.ui.pictures.sixel._SORTED_AT_ONCE_PX", 1)
    assert encode_sixel(image) == whole


@given(colours=st.integers(1, 300), allowed=st.integers(2, 256), seed=st.integers(0, 9999))
@settings(max_examples=60, deadline=None)
def test_to_palette__few_enough_colours__stay_exact(colours: int, allowed: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    choice = np.unique(random.integers(0, 256, (colours, 3), dtype=np.uint8), axis=0)
    rgb = choice[random.integers(0, len(choice), (12, 17))]
    image = to_palette(rgb, allowed)
    assert image.rgb.shape == rgb.shape
    assert len(image.palette) <= allowed
    if len(np.unique(rgb.reshape(-1, 3), axis=0)) <= allowed:
        assert (image.rgb == rgb).all()


def test_to_palette__more_colours_than_a_palette_has__refused() -> None:
    with pytest.raises(ValueError, match="2 to 256"):
        to_palette(pixels(gradient(4, 4)), 300)


@given(palette_images(), st.integers(1, 7), st.sampled_from([1, 2, 3, 6]), st.data())
@settings(max_examples=80, deadline=None)
def test_encode_sixel__one_index_for_several_pixels__reads_back_enlarged(
    image: PaletteImage, across: int, down: int, data: st.DataObject
) -> None:
    rows, columns = image.indices.shape
    width = data.draw(st.integers((columns - 1) * across + 1, columns * across))
    height = data.draw(st.integers((rows - 1) * down + 1, rows * down))
    (picture,) = decode_sixels(encode_sixel(image, Grain(across, down, width, height)))
    meant = image.indices.repeat(down, axis=0).repeat(across, axis=1)[:height, :width]
    assert picture.size == (width, height)
    assert (picture.percent == percent(image.palette)[meant]).all()


def test_encode_sixel__ground__is_register_0_and_nothing_is_drawn_with_it() -> None:
    image = to_palette(pixels(gradient(61, 50)), 255)
    (picture,) = decode_sixels(encode_sixel(image, ground=(22, 22, 22)))
    assert picture.registers[0] == (9, 9, 9)
    assert not picture.defined_unselected
    assert max(picture.registers) < 256
    assert (picture.percent == percent(image.palette)[image.indices]).all()
