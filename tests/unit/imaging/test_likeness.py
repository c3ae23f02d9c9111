"""What looks like nothing that surrounds a hole, and how much of a fill does."""

import numpy as np

from reviewtui.imaging.likeness import excess, unlike

HOLE = np.s_[120:240, 140:280]
BALL = np.s_[130:220, 360:440]


def meadow() -> tuple[np.ndarray, np.ndarray]:
    """Grass with patches of light; the hole in the middle."""
    generator = np.random.default_rng(4)
    light = np.kron(generator.integers(-14, 15, (30, 42, 1)), np.ones((12, 12, 1)))[:360, :500]
    noise = generator.integers(-20, 21, (360, 500, 1))
    image = np.clip(np.array([70, 120, 50]) + light + noise, 0, 255).astype(np.uint8)
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[HOLE] = True
    return image, hole


def test_unlike__ball_beside_the_hole__is_foreign_and_the_meadow_is_not() -> None:
    image, hole = meadow()
    assert not unlike(image, hole).any()
    image[BALL] = (210, 30, 25)
    image[hole] = (255, 0, 255)
    found = unlike(image, hole)
    assert found[BALL].mean() > 0.95
    found[122:230, 350:450] = False
    assert not found.any(), "nothing but the ball and the cells that it touches"


def test_unlike__thing_that_touches_the_hole__belongs_to_its_surroundings() -> None:
    image, hole = meadow()
    image[130:220, 270:440] = (210, 30, 25)
    assert not unlike(image, hole).any()


def test_unlike__nothing_around__nothing() -> None:
    image, hole = meadow()
    assert not unlike(image, np.ones_like(hole)).any()
    hole[:] = True
    hole[:8] = False
    assert not unlike(image, hole).any()


def test_excess__half_a_ball_in_the_fill__is_more_than_none() -> None:
    image, hole = meadow()
    own = excess(image, hole)
    assert own is not None
    assert abs(own) < 0.3
    image[130:190, 180:260] = (210, 30, 25)
    more = excess(image, hole)
    assert more is not None
    assert more > own + 1


def test_excess__ball_that_half_surrounds_the_hole_already__counts_for_little() -> None:
    image, hole = meadow()
    image[:180] = (210, 30, 25)
    touched = excess(image, hole)
    assert touched is not None
    assert touched < 0.4


def test_excess__too_small__is_not_measurable() -> None:
    image, hole = meadow()
    hole[:] = False
    hole[100:110, 100:110] = True
    assert excess(image, hole) is None
