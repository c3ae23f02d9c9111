"""What is done to a sampling engine's answer: it helps what is off, and leaves alone what is right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.imaging.adjust import adjust
from reviewtui.imaging.matching import add_grain, apply_color, color_error, fit_color
from reviewtui.imaging.membrane import spread_step
from reviewtui.imaging.paste import blend
from reviewtui.imaging.proof import measure
from reviewtui.imaging.texture import texture as texture_of
from tests.support.textures import texture

HEIGHT, WIDTH = 200, 240


def alpha_of(x: int = 80, y: int = 70, w: int = 80, h: int = 60) -> np.ndarray:
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    plane[y : y + h, x : x + w] = 128
    plane[y + 4 : y + h - 4, x + 4 : x + w - 4] = 255
    return plane


ALPHA = alpha_of()
INSIDE = ALPHA > 0
boxes = st.tuples(st.integers(0, 120), st.integers(0, 100), st.integers(9, 120), st.integers(9, 100))


def shifted(rgb: np.ndarray, gain: float, offset: float) -> np.ndarray:
    return np.clip(np.rint(rgb * gain + offset), 0, 255).astype(np.uint8)


@settings(max_examples=25, deadline=None)
@given(boxes, st.integers(0, 2**40), st.floats(0.7, 1.3), st.integers(-60, 60))
def test_adjust__any_answer__pixels_with_alpha_0_never_change(
    box: tuple[int, int, int, int], seed: int, gain: float, offset: int
) -> None:
    sent, alpha = texture(HEIGHT, WIDTH, 3), alpha_of(*box)
    adjusted = adjust(sent, shifted(sent[::-1], gain, offset), alpha, alpha == 0, seed)
    assert np.array_equal(blend(sent, adjusted.image, alpha)[alpha == 0], sent[alpha == 0])


@settings(max_examples=15, deadline=None)
@given(boxes, st.integers(0, 2**40))
def test_adjust__identical_content__changes_nothing(box: tuple[int, int, int, int], seed: int) -> None:
    sent, alpha = texture(HEIGHT, WIDTH, 5), alpha_of(*box)
    adjusted = adjust(sent, sent.copy(), alpha, alpha == 0, seed)
    assert np.array_equal(adjusted.image, sent)
    assert adjusted.details == {}


@settings(max_examples=15, deadline=None)
@given(boxes, st.integers(0, 2**40))
def test_steps__on_identical_content__change_nothing(box: tuple[int, int, int, int], seed: int) -> None:
    sent, alpha = texture(HEIGHT, WIDTH, 5), alpha_of(*box)
    assert fit_color(sent, sent, alpha == 0) is None
    assert np.array_equal(add_grain(sent, alpha > 0, (0.0, 0.0, 0.0), seed), sent)
    repaired = spread_step(sent, alpha > 0)
    assert np.array_equal(repaired[alpha == 0], sent[alpha == 0])


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 9.0), (1.06, 3.0), (0.93, -2.0)])
def test_fit_color__answer_of_another_tone__found_and_undone(gain: float, offset: float) -> None:
    sent = texture(HEIGHT, WIDTH, contrast=30)
    returned = shifted(sent, gain, offset)
    fit = fit_color(sent, returned, ~INSIDE)
    assert fit is not None
    before, after = color_error(sent, returned, ~INSIDE), color_error(sent, apply_color(returned, fit), ~INSIDE)
    assert before is not None
    assert after is not None
    assert before > 4
    assert after < 0.5


def test_fit_color__limits__are_kept() -> None:
    sent = texture(HEIGHT, WIDTH, contrast=30)
    fit = fit_color(sent, shifted(sent, 0.5, 100), ~INSIDE)
    assert fit is not None
    assert all(0.9 <= gain <= 1.1 for gain in fit.gain)
    assert all(abs(offset) <= 16 for offset in fit.offset)


def test_color_error__nothing_known_around__is_not_measured() -> None:
    sent = texture(HEIGHT, WIDTH)
    assert color_error(sent, sent, np.zeros((HEIGHT, WIDTH), bool)) is None
    assert fit_color(sent, shifted(sent, 1, 9), np.zeros((HEIGHT, WIDTH), bool)) is None
    assert color_error(sent[:9, :9], sent[:9, :9], np.ones((9, 9), bool)) is None


def noisy_gray(sigma: float, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    common = generator.normal(0, sigma, (HEIGHT, WIDTH, 1))
    own = generator.normal(0, sigma / 3, (HEIGHT, WIDTH, 3))
    return np.clip(np.rint(120 + common + own), 0, 255).astype(np.uint8)


def test_adjust__plastic_answer__gets_the_grain_around_it_and_its_correlation() -> None:
    sent = noisy_gray(5)
    returned = np.where(INSIDE[..., None], noisy_gray(1, 2), sent)
    adjusted = adjust(sent, returned, ALPHA, ~INSIDE, 9)
    assert adjusted.details["grain"]["seed"] == 9
    result = blend(sent, adjusted.image, ALPHA)
    before, after = texture_of(blend(sent, returned, ALPHA), INSIDE), texture_of(result, INSIDE)
    assert (before.grain_ratio or 1) < 0.4
    assert 0.85 < (after.grain_ratio or 0) < 1.15
    values = result[ALPHA == 255].astype(float)
    assert np.corrcoef(values[:, 0], values[:, 1])[0, 1] > 0.7
    again = adjust(sent, returned, ALPHA, ~INSIDE, 9)
    assert np.array_equal(again.image, adjusted.image)
    assert not np.array_equal(adjust(sent, returned, ALPHA, ~INSIDE, 10).image, adjusted.image)


def test_adjust__answer_off_in_tone_inside_only__edge_is_repaired_and_measures_better() -> None:
    sent = texture(HEIGHT, WIDTH, contrast=20)
    returned = np.where(INSIDE[..., None], shifted(sent, 1, 20), sent)
    adjusted = adjust(sent, returned, ALPHA, ~INSIDE, 1)
    assert "membrane" in adjusted.details
    before, after = measure(blend(sent, returned, ALPHA), INSIDE), measure(blend(sent, adjusted.image, ALPHA), INSIDE)
    assert (after["seam"] or 9) < (before["seam"] or 0)
    assert (after["lf_drift"] or 9) < (before["lf_drift"] or 0)
    assert np.abs(adjusted.image.astype(int) - sent).mean() < 3


def test_spread_step__tiny_or_whole__returns_what_came() -> None:
    for shape in ((1, 1), (5, 200), (40, 40)):
        rgb = texture(64, 220)[: shape[0], : shape[1]]
        for inside in (np.ones(shape, bool), np.zeros(shape, bool)):
            assert np.array_equal(spread_step(rgb, inside), rgb)
