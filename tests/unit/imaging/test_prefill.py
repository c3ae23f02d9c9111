"""What a sampling engine begins with: each verb something else, and never a pixel outside the mask."""

import numpy as np
import pytest

from reviewtui.imaging.extending import extended
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.prefill import Prefill, prefill_for, prefilled, ragged, surroundings
from reviewtui.model.frames import Frame
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import Verb
from tests.support.textures import texture


def hole() -> np.ndarray:
    mask = np.zeros((90, 120), np.uint8)
    mask[30:60, 40:80] = 255
    return mask


@pytest.mark.parametrize("kind", list(Prefill))
def test_prefilled__each_kind__leaves_the_outside_alone(kind: Prefill) -> None:
    image, mask = texture(90, 120), hole()
    image[mask > 0] = (255, 0, 255)
    new = prefilled(image, mask, kind)
    assert np.array_equal(new[mask == 0], image[mask == 0])
    inside = new[mask > 0]
    if kind is Prefill.ORIGINAL:
        assert (inside == (255, 0, 255)).all()
    elif kind is Prefill.NEUTRAL:
        assert (inside == 128).all()
    elif kind is not Prefill.EDGE:
        assert (np.abs(inside.astype(int) - (255, 0, 255)).sum(axis=1) > 90).all(), "nothing of the flaw is left"


def test_prefilled__surroundings__takes_the_tone_of_each_side() -> None:
    image = np.zeros((90, 120, 3), np.uint8)
    image[:, 60:] = 200
    new = surroundings(image, hole() > 0)
    assert new[45, 42].mean() < 60 < 140 < new[45, 77].mean()


def test_prefilled__soft_mask__is_laid_on_by_its_share() -> None:
    image = np.zeros((90, 120, 3), np.uint8)
    mask = hole() // 2
    assert prefilled(image, mask, Prefill.NEUTRAL)[45, 60, 0] == 64


def test_prefilled__larger_frame__goes_on_from_the_border_and_blurs() -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[30:] = 220
    frame = Frame(PixelSize(300, 60), (0, 0))
    native = extended(NativePicture(image, "RGB"), frame)
    mask = np.zeros((60, 300), np.uint8)
    mask[:, 60:] = 255
    new = prefilled(np.asarray(native.pixels, np.uint8), mask, Prefill.EDGE)
    assert np.array_equal(new[:, :60], image)
    assert new[5, 70].mean() < 40
    assert new[55, 70].mean() > 180, "light stays beside light"
    assert abs(int(new[5, 290, 0]) - int(new[55, 290, 0])) < 60, "far out it is only a tone"


@pytest.mark.parametrize(
    ("verb", "strength", "kind"),
    [
        (Verb.REMOVE, 1.0, Prefill.ORIGINAL),
        (Verb.REMOVE, 0.8, Prefill.SURROUNDINGS),
        (Verb.FIX, 0.3, Prefill.ORIGINAL),
        (Verb.FIX, 0.45, Prefill.SURROUNDINGS),
        (Verb.FIX, 1.0, Prefill.SURROUNDINGS),
        (Verb.RESTYLE, 0.6, Prefill.ORIGINAL),
        (Verb.RECOLOR, 0.45, Prefill.ORIGINAL),
        (Verb.BACKGROUND, 1.0, Prefill.NEUTRAL),
        (Verb.OUTPAINT, 1.0, Prefill.EDGE),
        (Verb.UPSCALE, 0.3, Prefill.ORIGINAL),
    ],
)
def test_prefill_for__verb_and_strength__is_as_the_table_says(verb: Verb, strength: float, kind: Prefill) -> None:
    assert prefill_for(verb, strength) is kind


@pytest.mark.parametrize("kind", list(Prefill))
def test_prefilled__everything_marked__has_no_surroundings_to_begin_with(kind: Prefill) -> None:
    image = texture(20, 20)
    new = prefilled(image, np.full((20, 20), 255, np.uint8), kind)
    assert np.array_equal(new, np.full_like(image, 128) if kind is Prefill.NEUTRAL else image)


def test_ragged__border__has_bays_that_only_grow_the_mask() -> None:
    mask = np.zeros((120, 200), np.uint8)
    mask[:, 100:] = 255
    new = ragged(mask, 6, 3)
    assert (new[mask > 0] == 255).all()
    first = (new > 0).argmax(axis=1)
    assert 94 <= first.min() < first.max() <= 100
    assert np.array_equal(new, ragged(mask, 6, 3))
    assert np.array_equal(ragged(mask, 0, 3), mask)
