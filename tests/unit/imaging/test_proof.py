"""The figures of the proof line: natural on untouched photographs, telling where a fix is plastic or off in tone."""

import numpy as np
import pytest

from reviewtui.imaging.drift import DRIFT_WARNING, lf_drift
from reviewtui.imaging.proof import FIGURES, badness, measure
from reviewtui.imaging.texture import TEXTURE_WARNING, texture
from reviewtui.model.geometry import PixelRect, PixelSize
from tests.support import textures
from tests.support.photographs import SAMPLES, blurred, load, places, support_of


def support(height: int = 300, width: int = 400) -> np.ndarray:
    plane = np.zeros((height, width), dtype=bool)
    plane[100:220, 120:300] = True
    return plane


def raised(rgb: np.ndarray, where: np.ndarray, levels: float) -> np.ndarray:
    result = rgb.astype(float)
    result[where] += levels
    rounded: np.ndarray = np.clip(np.rint(result), 0, 255).astype(np.uint8)
    return rounded


def sky(seed: int = 4) -> np.ndarray:
    """A smooth gradient with a little noise."""
    y, x = np.mgrid[0:300, 0:400]
    noise = np.random.default_rng(seed).normal(0, 2, (300, 400, 3))
    result: np.ndarray = np.clip(90 + 0.1 * y[..., None] + 0.05 * x[..., None] + noise, 0, 255).astype(np.uint8)
    return result


def medians(rows: list[dict[str, float | None]]) -> dict[str, float]:
    return {name: float(np.median([row[name] for row in rows if row[name] is not None])) for name in FIGURES}


@pytest.fixture(scope="module")
def measured() -> dict[str, list[dict[str, float | None]]]:
    """Truth, truth blurred by 1.5 px and truth raised by 20 levels, at places of every photograph."""
    rows: dict[str, list[dict[str, float | None]]] = {"truth": [], "blurred": [], "raised": []}
    for path in SAMPLES:
        photograph = load(path)
        for place in places(photograph, 3):
            window = place.grown(100).clamped(PixelSize(photograph.shape[1], photograph.shape[0]))
            assert window is not None
            rgb = photograph[window.y : window.bottom, window.x : window.right]
            where = support_of(rgb, PixelRect(place.x - window.x, place.y - window.y, place.width, place.height))
            soft = blurred(rgb, 1.5)
            rows["truth"].append(measure(rgb, where))
            rows["blurred"].append(measure(np.where(where[..., None], soft, rgb), where))
            rows["raised"].append(measure(raised(rgb, where, 20), where))
    return rows


def test_measure__photographs__are_there() -> None:
    assert len(SAMPLES) >= 12


def test_measure__untouched_photographs__figures_are_good(measured: dict[str, list[dict[str, float | None]]]) -> None:
    """Calibration: the medians of untouched places lie well inside what counts as good."""
    truth = medians(measured["truth"])
    assert 0.9 < truth["seam"] < 1.15
    assert truth["lf_drift"] <= 0.5
    assert 0.85 < truth["tex1"] < 1.15
    assert 0.85 < truth["tex2"] < 1.15
    assert 0.85 < truth["grain_ratio"] < 1.15


def test_measure__blurred_fix__texture_says_plastic(measured: dict[str, list[dict[str, float | None]]]) -> None:
    soft = medians(measured["blurred"])
    assert soft["tex1"] < TEXTURE_WARNING
    assert soft["tex1"] < soft["tex2"] < 0.85
    assert soft["grain_ratio"] < 0.5
    assert abs(soft["lf_drift"] - medians(measured["truth"])["lf_drift"]) < 0.05


def test_measure__fix_raised_by_20_levels__seam_and_drift_say_so(
    measured: dict[str, list[dict[str, float | None]]],
) -> None:
    shifted = medians(measured["raised"])
    assert shifted["seam"] > 1.4
    assert shifted["lf_drift"] > 1.25 * medians(measured["truth"])["lf_drift"]
    assert 0.85 < shifted["tex1"] < 1.15


def test_badness__bad_fixes__rank_behind_the_truth(measured: dict[str, list[dict[str, float | None]]]) -> None:
    for kind in ("blurred", "raised"):
        pairs = zip(measured["truth"], measured[kind], strict=True)
        worse = [badness(bad) > badness(truth) for truth, bad in pairs]
        assert np.mean(worse) > 0.9


def test_lf_drift__soft_dark_square_in_a_sky__seen_where_the_seam_is_not() -> None:
    rgb, where = sky(), support()
    y, x = np.mgrid[0:300, 0:400]
    distance = np.minimum.reduce([y - 100, 219 - y, x - 120, 299 - x]).clip(0, 40) / 40
    square = np.clip(np.rint(rgb - 25 * distance[..., None] * where[..., None]), 0, 255).astype(np.uint8)
    assert (lf_drift(rgb, where) or 0) < 0.2
    assert (lf_drift(square, where) or 0) > DRIFT_WARNING
    assert (measure(square, where)["seam"] or 0) < 1.2


def test_lf_drift__slope_goes_on_inside__is_expected() -> None:
    y, x = np.mgrid[0:300, 0:400]
    slope = np.stack([x * 0.5, y * 0.6, 100 + x * 0.1 + y * 0.1], axis=2).astype(np.uint8)
    assert (lf_drift(slope, support()) or 0) < 0.05


@pytest.mark.parametrize("contrast", [10.0, 60.0])
def test_texture__same_texture_inside__about_one_on_any_contrast(contrast: float) -> None:
    rgb = textures.texture(300, 400, contrast=contrast)
    found = texture(rgb, support())
    for value in (found.tex1, found.tex2, found.grain_ratio):
        assert value is not None
        assert 0.85 < value < 1.15


def test_texture__noise_only__grain_is_told_apart() -> None:
    rgb = sky()
    rgb[support()] = np.clip(np.rint(rgb[support()] + np.random.default_rng(1).normal(0, 4, (21600, 3))), 0, 255)
    assert (texture(rgb, support()).grain_ratio or 0) == pytest.approx(np.sqrt(2**2 + 4**2) / 2, rel=0.1)


def test_measure__flat_picture__ratios_are_not_measurable_and_no_constant() -> None:
    figures = measure(np.full((300, 400, 3), 90, np.uint8), support())
    assert (figures["tex1"], figures["tex2"], figures["grain_ratio"]) == (None, None, None)
    assert figures["lf_drift"] == 0.0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 9), (5, 5), (40, 3), (30, 30)])
def test_measure__tiny_crops__never_fail(height: int, width: int) -> None:
    rgb = textures.texture(max(height, 30), max(width, 30))[:height, :width]
    for where in (
        np.zeros((height, width), bool),
        np.ones((height, width), bool),
        np.arange(height * width).reshape(height, width) == height * width // 2,
    ):
        figures = measure(rgb, where)
        assert set(figures) == set(FIGURES)
        assert badness(figures) >= 0


def test_measure__scattered_support__is_measured_in_bounded_memory() -> None:
    rgb = textures.texture(900, 900)
    where = np.zeros((900, 900), bool)
    where[10:14, 10:890] = where[880:884, 10:890] = where[10:890, 10:14] = True
    figures = measure(rgb, where)
    assert figures["seam"] is not None


def test_badness__good_figures__nothing_and_unknown_ones_do_not_count() -> None:
    assert badness({"seam": 1.0, "lf_drift": 0.1, "tex1": 1.0, "tex2": 0.9}) == 0
    assert badness(dict.fromkeys(FIGURES)) == 0
    assert badness({"seam": 1.0, "lf_drift": 1.5}) > badness({"seam": 1.4, "lf_drift": 0.2})
