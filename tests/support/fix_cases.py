"""Fixes whose truth is known: a piece of a real photograph is painted over and has to be made up again."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import PreparedRun, finish, prepare
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from tests.support.photographs import SAMPLES, extra_photographs, load

Pixels = NDArray[np.uint8]
#: From a crop and its hole (255 = make up) to the crop with the hole filled.
Filler = Callable[[Pixels, Pixels], Pixels]

#: Width and height of what is painted over, in turn.
SIZES = ((200, 200), (320, 240), (640, 170), (220, 470), (260, 260), (440, 180))
_FLAW = (236, 28, 190)
_MARGIN_PX = 30


@dataclass(frozen=True, slots=True)
class Case:
    """One known truth.

    Attributes:
        name: photograph and size.
        truth: (H, W, 3), untouched.
        place: what was painted over.
    """

    name: str
    truth: Pixels
    place: PixelRect

    def flawed(self) -> NativePicture:
        """The photograph with its flaw."""
        pixels = self.truth.copy()
        pixels[self.place.y : self.place.bottom, self.place.x : self.place.right] = _FLAW
        return NativePicture(pixels, "RGB")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one filler made of a case; ``psnr_db`` is inside the painted rectangle, ``figures`` the proof."""

    case: Case
    seconds: float
    psnr_db: float
    figures: dict[str, Any]
    result: Pixels


def cases(per_photograph: int = 2, *, extras: bool = True) -> Iterator[Case]:
    """Always the same ones, on every photograph large enough."""
    turn = 0
    for index, path in enumerate([*SAMPLES, *(extra_photographs() if extras else [])]):
        truth = load(path)
        generator = np.random.default_rng(100 + index)
        for _ in range(per_photograph):
            width, height = SIZES[turn % len(SIZES)]
            turn += 1
            place = _place(truth, width, height, generator)
            if place is not None:
                yield Case(f"{_name(path)} {width}×{height}", truth, place)


def run_case(case: Case, fill: Filler) -> Outcome:
    """As the desk would do it: the same crop, collar, paste and proof."""
    native, prepared = prepare_case(case)
    image, mask = crop_of(prepared)
    started = perf_counter()
    filled = fill(image, mask)
    seconds = perf_counter() - started
    fixed = finish(native, prepared, filled.tobytes())
    inside = np.s_[case.place.y : case.place.bottom, case.place.x : case.place.right]
    result: Pixels = np.asarray(fixed.picture.pixels, dtype=np.uint8)
    return Outcome(case, seconds, psnr_db(result[inside], case.truth[inside]), fixed.metrics, result)


def prepare_case(case: Case) -> tuple[NativePicture, PreparedRun]:
    """The picture with its flaw, and what an engine that copies pixels gets of it."""
    native = case.flawed()
    spec = MaskSpec(PixelSize(case.truth.shape[1], case.truth.shape[0]), (case.place,))
    return native, prepare(native, spec, verb="remove", engine_rules=CropRules())


def crop_of(prepared: PreparedRun) -> tuple[Pixels, Pixels]:
    """The crop (H, W, 3) and its mask (H, W)."""
    shape = (prepared.crop.height, prepared.crop.width)
    image = np.frombuffer(prepared.image_rgb, np.uint8).reshape(*shape, 3)
    return image, np.frombuffer(prepared.mask_l, np.uint8).reshape(shape)


def psnr_db(first: Pixels, second: Pixels) -> float:
    """Peak signal to noise ratio."""
    error = float(np.mean((first.astype(np.float64) - second) ** 2))
    return 10 * math.log10(255**2 / max(error, 1e-12))


def _name(path: Path) -> str:
    return path.stem.removesuffix("_v001")


def _place(truth: Pixels, width: int, height: int, generator: np.random.Generator) -> PixelRect | None:
    room_x, room_y = truth.shape[1] - width - 2 * _MARGIN_PX, truth.shape[0] - height - 2 * _MARGIN_PX
    if room_x <= 0 or room_y <= 0 or width * height * 6 > truth.shape[0] * truth.shape[1]:
        return None
    x, y = int(generator.integers(0, room_x)), int(generator.integers(0, room_y))
    return PixelRect(x + _MARGIN_PX, y + _MARGIN_PX, width, height)
