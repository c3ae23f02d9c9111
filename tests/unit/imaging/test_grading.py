"""Maps from color to color: exact where nothing is asked, in the picture's depth, in the direction that words say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.imaging.grading import (
    Grade,
    Look,
    best_recolor,
    graded,
    look_from_text,
    look_of,
    luma_ssim,
    to_lab,
)
from tests.support.textures import texture

ALL = np.ones((60, 80), bool)


def test_graded__nothing_asked__is_the_same_samples_in_every_depth() -> None:
    image = texture(60, 80)
    for samples in (image, image[:, :, 0].copy(), image[:, :, 0].astype(np.uint16) * 257 + 3):
        assert np.array_equal(graded(samples, Grade()), samples)


@pytest.mark.parametrize(
    ("grade", "channel", "rises"),
    [
        (Grade(exposure=0.5), 1, True),
        (Grade(exposure=-0.5), 1, False),
        (Grade(temperature=0.5), 0, True),
        (Grade(temperature=0.5), 2, False),
        (Grade(tint=0.5), 1, False),
        (Grade(tint=0.5), 2, True),
    ],
)
def test_graded__each_word__moves_where_it_says(grade: Grade, channel: int, rises: bool) -> None:
    grey = np.full((60, 80, 3), 120, np.uint8)
    assert (graded(grey, grade)[0, 0, channel] > 120) is np.bool_(rises)


def test_graded__temperature_and_tint__keep_the_luminance_of_grey() -> None:
    grey = np.full((4, 4, 3), 120, np.uint8)
    for grade in (Grade(temperature=0.8), Grade(tint=-0.8)):
        unit = (graded(grey, grade) / 255).astype(np.float32)
        assert to_lab(unit)[0, 0, 0] == pytest.approx(50.4, abs=0.6)


def test_graded__one_stop_up__doubles_linear_light() -> None:
    grey = np.full((2, 2, 3), 100, np.uint8)
    assert graded(grey, Grade(exposure=1.0))[0, 0].tolist() == [138, 138, 138]


def test_graded__no_saturation__is_grey_and_more_contrast_spreads() -> None:
    image = texture(60, 80)
    grey = graded(image, Grade(saturation=-1.0)).astype(int)
    assert np.ptp(grey, axis=2).max() <= 1
    assert graded(image, Grade(contrast=0.5)).std() > image.std()


def test_graded__sixteen_bits__are_not_cut_to_eight() -> None:
    deep = np.arange(4800, dtype=np.uint16).reshape(60, 80) * 13
    new = graded(deep, Grade(exposure=0.1))
    assert len(np.unique(new)) > 4500
    assert (np.diff(new.ravel().astype(int)) >= 0).all()


@given(hue=st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
def test_best_recolor__any_color__keeps_the_structure_of_the_luma(hue: tuple[int, int, int]) -> None:
    image = texture(60, 80)
    target = look_of(np.array([[hue]], np.uint8))
    new, similarity, share = best_recolor(image, ALL, target, 1.0)
    assert similarity >= 0.9
    assert luma_ssim(image, new, ALL) == pytest.approx(similarity)
    assert 0 <= share <= 1


def test_best_recolor__a_place_as_target__has_its_means_afterwards() -> None:
    image = texture(60, 80)
    other = np.clip(texture(60, 80, 5).astype(int) + np.array([40, 0, -30]), 0, 255).astype(np.uint8)
    new, _similarity, _share = best_recolor(image, ALL, look_of(other), 1.0)
    assert look_of(new).mean[1:] == pytest.approx(look_of(other).mean[1:], abs=2.5)


def test_luma_ssim__same_noise_and_blank__one_and_low() -> None:
    image = texture(60, 80)
    assert luma_ssim(image, image, ALL) == pytest.approx(1.0)
    assert luma_ssim(image, np.full_like(image, int(image.mean())), ALL) < 0.3


def test_look__as_text__comes_back_and_nonsense_is_refused() -> None:
    look = Look((50.0, 10.5, -3.25), (1.0, 2.0, 3.0))
    assert look_from_text(look.to_text()) == look
    for text in ("", "1,2,3", "1,2,3,4,5,x", "1,2,3,4,5,1e9"):
        with pytest.raises(ValueError):
            look_from_text(text)
