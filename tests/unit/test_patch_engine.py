"""The default engine on textures whose truth is known."""

from typing import Any

import cv2
import numpy as np
import pytest

from reviewtui.engines.base import EngineRequest, NoParams, RunCancelledError, params_from_data
from reviewtui.engines.catalog import PATCH, PatchParams
from reviewtui.engines.patch import PatchEngine
from reviewtui.engines.registry import get_info, list_engines, load_engine
from reviewtui.engines.two_scale import COLLAR_PX, copy_pixels, find_origins
from reviewtui.imaging.masks import dilate
from reviewtui.imaging.proof import measure
from reviewtui.model.errors import EngineError, InputError
from reviewtui.model.lifecycle import ErrorKind, Verb
from tests.support.textures import psnr_db, stripes, texture


class Listener:
    """Keeps what an engine reports; asks it to stop at a step."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.reports: list[tuple[int, int, str, Any]] = []
        self.stop_at = stop_at

    def report(self, step: int, total: int, message: str = "", preview: Any = None) -> None:
        self.reports.append((step, total, message, preview))
        self.raise_if_cancelled()

    def raise_if_cancelled(self) -> None:
        if self.stop_at is not None and self.reports and self.reports[-1][0] >= self.stop_at:
            raise RunCancelledError


@pytest.fixture(scope="module")
def engine() -> PatchEngine:
    loaded = PatchEngine()
    loaded.load("cpu")
    return loaded


def hole(height: int, width: int, *boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((height, width), dtype=np.uint8)
    for x, y, w, h in boxes:
        mask[y : y + h, x : x + w] = 255
    return mask


def request(image: np.ndarray, mask: np.ndarray, *seeds: int) -> EngineRequest:
    return EngineRequest(Verb.REMOVE, PatchParams(), image, mask, seeds or (1,))


def test_patch__planted_blob_on_stripes__repaired_better_than_telea(engine: PatchEngine) -> None:
    truth = stripes(240, 300)
    mask = hole(240, 300, (120, 90, 60, 50))
    damaged = truth.copy()
    damaged[mask > 0] = (250, 20, 180)
    fixed = engine.inpaint(request(damaged, mask), Listener()).images[0]
    telea: Any = cv2.inpaint(damaged, mask, 3, cv2.INPAINT_TELEA)
    inside = mask > 0
    assert psnr_db(fixed[inside], truth[inside]) > psnr_db(telea[inside], truth[inside]) + 3
    assert psnr_db(fixed[inside], truth[inside]) > 25
    assert np.array_equal(fixed[~inside], damaged[~inside])


def test_patch__moss__keeps_the_grain_that_telea_smears(engine: PatchEngine) -> None:
    truth = texture(220, 260)
    mask = hole(220, 260, (100, 80, 50, 40))
    inside = mask > 0

    def roughness(image: np.ndarray) -> float:
        return float(np.abs(np.diff(image[80:120, 100:150].astype(int), axis=1)).mean())

    fixed = engine.inpaint(request(truth, mask), Listener()).images[0]
    assert roughness(fixed) > 0.7 * roughness(truth)
    assert roughness(cv2.inpaint(truth, mask, 3, cv2.INPAINT_TELEA)) < 0.5 * roughness(truth)
    assert (fixed[inside] != truth[inside]).any()


def test_patch__seeds__same_seed_same_bytes_and_candidates_stand_alone(engine: PatchEngine) -> None:
    image, mask = texture(160, 180), hole(160, 180, (70, 60, 40, 30))
    together = engine.inpaint(request(image, mask, 5, 6, 2**40 + 5), Listener()).images
    alone = engine.inpaint(request(image, mask, 6), Listener()).images
    assert np.array_equal(together[1], alone[0])
    assert not np.array_equal(together[0], together[1])
    assert np.array_equal(together[0], engine.inpaint(request(image, mask, 5), Listener()).images[0])


def test_patch__reports__a_preview_first_that_only_touches_the_hole(engine: PatchEngine) -> None:
    image, mask = texture(120, 140), hole(120, 140, (50, 40, 30, 30))
    listener = Listener()
    result = engine.inpaint(request(image, mask, 1, 2), listener)
    assert [(step, total) for step, total, _words, _preview in listener.reports] == [(0, 3), (1, 3), (2, 3)]
    preview = listener.reports[0][3]
    assert np.array_equal(preview[mask == 0], image[mask == 0])
    assert (preview[mask > 0] != image[mask > 0]).any()
    assert result.details["passes"] == 0
    assert "remark" not in result.details


def test_patch__holes_far_apart__searched_in_windows_and_both_filled(engine: PatchEngine) -> None:
    image = texture(400, 900)
    mask = hole(400, 900, (20, 20, 16, 16), (860, 370, 20, 20))
    image[mask > 0] = (255, 0, 255)
    result = engine.inpaint(request(image, mask), Listener())
    assert result.details["windows"] == 2
    filled = result.images[0][mask > 0].astype(int)
    assert not ((filled[:, 0] > 230) & (filled[:, 1] < 30)).any()
    assert np.array_equal(result.images[0][mask == 0], image[mask == 0])


def outside_collar(mask: np.ndarray) -> np.ndarray:
    return ~dilate(mask > 0, COLLAR_PX)


def test_patch__large_hole__pixels_are_copied_and_only_a_collar_beyond_it_changes(engine: PatchEngine) -> None:
    image, mask = texture(330, 340), hole(330, 340, (110, 100, 120, 110))
    image[mask > 0] = (255, 0, 255)
    result = engine.inpaint(request(image, mask, 3), Listener())
    filled = result.images[0]
    assert result.details["method"] == "patchmatch at two scales"
    assert result.details["search_scale"] == 0.25
    assert "remark" not in result.details
    assert np.array_equal(filled[outside_collar(mask)], image[outside_collar(mask)])
    new = filled[mask > 0].astype(int)
    assert not ((new[:, 0] > 230) & (new[:, 1] < 40)).any(), "nothing of what was in the hole comes back"
    figures = measure(filled, mask > 0)
    assert 0.7 < (figures["tex1"] or 0) < 1.4, "copies keep the texture that a reduced picture has not"
    assert (figures["lf_drift"] or 0) < 0.9


def test_patch__large_hole__same_seed_same_bytes_and_candidates_stand_alone(engine: PatchEngine) -> None:
    image, mask = texture(260, 270, 4), hole(260, 270, (80, 80, 110, 100))
    together = engine.inpaint(request(image, mask, 5, 6), Listener()).images
    assert np.array_equal(together[1], engine.inpaint(request(image, mask, 6), Listener()).images[0])
    assert not np.array_equal(together[0], together[1])


def test_patch__hole_of_most_of_the_picture__is_filled(engine: PatchEngine) -> None:
    image, mask = texture(140, 150), hole(140, 150, (4, 4, 140, 130))
    image[mask > 0] = (255, 0, 255)
    filled = engine.inpaint(request(image, mask), Listener()).images[0]
    assert not (filled[mask > 0] == (255, 0, 255)).all(axis=1).any()


def test_patch__huge_hole__searched_yet_smaller_and_says_so(
    engine: PatchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewtui.engines.patch.MAX_SEARCH_S", 0.005)
    image, mask = texture(301, 333), hole(301, 333, (100, 90, 101, 97))
    result = engine.inpaint(request(image, mask), Listener())
    assert result.details["search_scale"] < 0.25
    assert "scale" in result.details["remark"]
    assert np.array_equal(result.images[0][outside_collar(mask)], image[outside_collar(mask)])
    assert result.images[0].shape == image.shape


def test_patch__two_large_holes__neither_is_copied_into_the_other(engine: PatchEngine) -> None:
    image = texture(300, 900, 2)
    mask = hole(300, 900, (40, 80, 110, 110), (700, 90, 120, 100))
    image[mask > 0] = (255, 0, 255)
    result = engine.inpaint(request(image, mask), Listener())
    assert result.details["windows"] == 2
    new = result.images[0][dilate(mask > 0, COLLAR_PX)].astype(int)
    assert not ((new[:, 0] > 230) & (new[:, 1] < 40)).any()


def test_patch__asked_to_stop_within_a_large_hole__stops_between_tries(engine: PatchEngine) -> None:
    image, mask = texture(260, 270), hole(260, 270, (80, 80, 110, 100))
    asked: list[int] = []

    class Impatient(Listener):
        def raise_if_cancelled(self) -> None:
            asked.append(len(asked))
            if len(asked) == 5:
                raise RunCancelledError

    with pytest.raises(RunCancelledError):
        engine.inpaint(request(image, mask), Impatient())


@pytest.mark.parametrize("side", [2, 3, 7, 8, 13])
def test_patch__crops_smaller_than_a_patch__are_filled(engine: PatchEngine, side: int) -> None:
    image = texture(side, side)
    mask = hole(side, side, (side // 2, side // 2, 1, 1))
    image[mask > 0] = 255
    fixed = engine.inpaint(request(image, mask), Listener()).images[0]
    assert np.array_equal(fixed[mask == 0], image[mask == 0])


def test_patch__nothing_to_copy_or_to_fill__refused_in_words(engine: PatchEngine) -> None:
    image = texture(20, 20)
    for mask, words in ((np.full((20, 20), 255, np.uint8), "nothing is left"), (np.zeros((20, 20), np.uint8), "empty")):
        with pytest.raises(EngineError, match=words) as caught:
            engine.inpaint(request(image, mask), Listener())
        assert caught.value.kind == ErrorKind.BAD_INPUT


def test_patch__asked_to_stop__stops_between_candidates(engine: PatchEngine) -> None:
    image, mask = texture(60, 60), hole(60, 60, (20, 20, 9, 9))
    listener = Listener(stop_at=2)
    with pytest.raises(RunCancelledError):
        engine.inpaint(request(image, mask, 1, 2, 3), listener)
    assert listener.reports[-1][0] == 2


def test_find_origins__fill_that_is_a_shifted_copy__the_shift_is_found_and_the_copy_is_exact() -> None:
    truth = np.tile(texture(160, 160, 8), (1, 2, 1))
    small = truth[::4, ::4]
    inside = np.zeros(small.shape[:2], bool)
    inside[14:26, 14:26] = True
    origins = find_origins(small, inside, 3)
    assert origins is not None
    large = np.kron(inside, np.ones((4, 4), bool)).astype(bool)
    flawed = truth.copy()
    flawed[large] = 0
    copied, missing = copy_pixels(flawed, large, origins, 4)
    assert not missing.any()
    assert np.mean(copied[large] == truth[large]) > 0.95


def test_find_origins__no_whole_patch_outside__none() -> None:
    assert find_origins(texture(30, 30)[:5, :5], np.eye(5, dtype=bool), 1) is None


def test_registry__listing__knows_patch_and_what_it_can() -> None:
    (patch,) = [listing for listing in list_engines() if listing.name == "patch"]
    assert patch.available
    assert patch.info is PATCH is get_info("patch")
    assert not any(listing.name.startswith("diffusers") for listing in list_engines())


def test_registry__libraries_missing__listed_with_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewtui.engines.registry.find_spec", lambda name: None)
    (patch,) = [listing for listing in list_engines() if listing.name == "patch"]
    assert not patch.available
    assert "patchmatch" in patch.words
    assert "pip install" in patch.remedy


def test_registry__unknown_name__names_the_known_ones() -> None:
    with pytest.raises(EngineError, match="patch") as caught:
        load_engine("photoshop")
    assert caught.value.kind == ErrorKind.ENGINE_MISSING


def test_params__from_data__checked_with_words() -> None:
    assert params_from_data(PATCH, {}) == PatchParams(3)
    assert params_from_data(PATCH, {"patch_size": 5}) == PatchParams(5)
    for data, words in (
        ({"strength": 1}, "no parameter 'strength'"),
        ({"patch_size": 99}, "1 to 9"),
        ({"patch_size": "3"}, "like 3"),
        ({"patch_size": True}, "like 3"),
    ):
        with pytest.raises(InputError, match=words):
            params_from_data(PATCH, data)
    assert NoParams() == NoParams()
