"""What a copying engine is told to leave alone never gets into the hole, at one scale and at two."""

from dataclasses import replace

import numpy as np
import pytest

from reviewtui.engines.avoiding import avoided_in, touched, with_foreign
from reviewtui.engines.base import EngineRequest
from reviewtui.engines.catalog import PatchParams
from reviewtui.engines.patch import PatchEngine
from reviewtui.engines.tries import Part, best_filled
from reviewtui.engines.two_scale import COLLAR_PX
from reviewtui.imaging.masks import dilate
from reviewtui.model.lifecycle import Verb
from tests.support.textures import texture
from tests.unit.test_patch_engine import Listener

MARKER = (255, 0, 255)
WHOLE = (slice(None), slice(None))


def tempting(side: int, hole_px: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture whose hole has the marker on two sides, so that the marker is the likeliest source; mask and avoid."""
    image = texture(side, side) // 2 + 40
    mask = np.zeros((side, side), np.uint8)
    first = (side - hole_px) // 2
    mask[first : first + hole_px, first : first + hole_px] = 255
    avoid = np.zeros((side, side), np.bool_)
    avoid[first - 20 : first + hole_px // 2, first - hole_px // 2 : first + hole_px // 4] = True
    image[avoid] = MARKER
    return image, mask, avoid


def marked(image: np.ndarray) -> np.ndarray:
    """Pixels that are more of the marker than anything in the texture is."""
    values = image.astype(int)
    result: np.ndarray = np.minimum(values[:, :, 0], values[:, :, 2]) - values[:, :, 1] > 60
    return result


@pytest.mark.parametrize(
    ("side", "hole_px", "method"), [(200, 60, "patchmatch"), (300, 100, "patchmatch at two scales")]
)
def test_patch__avoided_place_beside_the_hole__is_no_source(side: int, hole_px: int, method: str) -> None:
    image, mask, avoid = tempting(side, hole_px)
    engine, inside = PatchEngine(), mask > 0
    request = EngineRequest(Verb.REMOVE, PatchParams(), image, mask, (1,))
    tempted = engine.inpaint(request, Listener()).images
    assert marked(tempted[0])[inside].sum() > 100, "else this shows nothing"
    result = engine.inpaint(replace(request, avoid=avoid), Listener())
    assert result.details["method"] == method
    [filled] = result.images
    assert not marked(filled)[inside].any()
    kept = ~dilate(inside, COLLAR_PX)
    assert np.array_equal(filled[kept], image[kept])


def test_avoided__too_little_left__is_not_avoided() -> None:
    hole = np.zeros((40, 40), np.bool_)
    hole[:20] = True
    avoid = np.ones_like(hole)
    assert avoided_in(avoid, hole, WHOLE) is None
    avoid[20:] = False
    assert avoided_in(avoid, hole, WHOLE) is None, "nothing outside the hole"
    assert avoided_in(None, hole, WHOLE) is None


def test_avoided__some__is_without_the_hole_and_touches_whole_blocks() -> None:
    hole = np.zeros((41, 42), np.bool_)
    hole[:8, :8] = True
    avoid = np.zeros_like(hole)
    avoid[4:10, 4:10] = True
    avoided = avoided_in(avoid, hole, WHOLE)
    assert avoided is not None
    assert avoided.sum() == 36 - 16
    small = np.zeros((11, 11), np.bool_)
    small[:2, :2] = True
    blocks = touched(avoided, small, 4)
    assert blocks is not None
    assert np.argwhere(blocks).tolist() == [[1, 2], [2, 1], [2, 2]]


def test_foreign__enough_left__is_avoided_beside_what_is_avoided_already() -> None:
    hole, foreign, avoid = (np.zeros((40, 40), np.bool_) for _ in range(3))
    hole[10:20, 10:20], foreign[30:, 30:], avoid[:5, :5] = True, True, True
    both = with_foreign(avoid, foreign, hole)
    assert both is not None
    assert both.sum() == 100 + 25
    assert with_foreign(None, foreign, hole) is foreign
    assert with_foreign(None, np.zeros_like(hole), hole) is None
    hole[:, :20] = True
    assert with_foreign(avoid, foreign, hole) is avoid, "too little would be left to copy from"


def test_best_filled__ball_beside_the_hole__one_search_does_without_it() -> None:
    image = texture(300, 400, 3) // 4 + 90
    image[100:170, 290:360] = MARKER
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[90:210, 80:200] = True
    asked: list[float] = []

    def search(small: np.ndarray, mask: np.ndarray, avoided: np.ndarray | None, seed: int) -> np.ndarray:
        scale = image.shape[0] // small.shape[0]
        ball = np.zeros(mask.shape, np.bool_)
        ball[100 // scale + 1 : 170 // scale - 1, 290 // scale + 1 : 360 // scale - 1] = True
        asked.append(0.0 if avoided is None else float(avoided[ball].mean()))
        return np.where(mask[:, :, np.newaxis], small[~mask].mean(axis=0), small).astype(np.uint8)

    best_filled(Part(image, hole, None), search, 4, 1, lambda: None)
    assert asked == [1.0, 0.0]


def test_best_filled__outpaint__copies_from_beside_the_border_not_from_the_middle() -> None:
    image = texture(300, 900, 3)
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[:, 780:] = True
    asked: list[np.ndarray] = []

    def search(small: np.ndarray, mask: np.ndarray, avoided: np.ndarray | None, seed: int) -> np.ndarray:
        assert avoided is not None
        asked.append(avoided.mean(axis=0) > 0.99)
        return small

    best_filled(Part(image, hole, None, is_hard=True), search, 4, 1, lambda: None)
    assert len(asked) == 2
    for columns in asked:
        scale = 900 // columns.size
        assert columns[: 580 // scale].all()
        assert not columns[620 // scale :].any()
