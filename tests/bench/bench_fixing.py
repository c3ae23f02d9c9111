"""Quality and cost of a fix without a model: the default engine against the plain library call and OpenCV's fills.

Known truths are cut from real photographs, every filler gets the same crop, and the host pastes and measures. Also:
what fifty edits leave of the pixels outside, what twenty passes leave of the texture, what the proof line costs, and
when the first guess is there.

    python -m tests.bench.bench_fixing                two places on each photograph of the samples
    python -m tests.bench.bench_fixing --extras       and other packages' photographs, where installed
    python -m tests.bench.bench_fixing --places N     N places on each
"""

import argparse
import os
import statistics
import sys
import time
from typing import Any

import cv2
import numpy as np
import patchmatch
from numpy.typing import NDArray

from reviewtui.engines.base import EngineRequest
from reviewtui.engines.catalog import PatchParams
from reviewtui.engines.patch import PatchEngine
from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import finish, prepare
from reviewtui.imaging.metrics import outside_changed, seam
from reviewtui.imaging.proof import badness, measure
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from tests.bench.measure import machine, seconds
from tests.support.fix_cases import Case, Filler, Outcome, Pixels, cases, crop_of, prepare_case, run_case
from tests.support.photographs import SAMPLES, load

EDITS, PASSES = 50, 20
_SEED = 7


class Listener:
    """Notes when the first preview came."""

    def __init__(self) -> None:
        self.started, self.preview_s = time.perf_counter(), 0.0

    def report(self, step: int, total: int, message: str = "", preview: Any = None) -> None:
        if preview is not None and not self.preview_s:
            self.preview_s = time.perf_counter() - self.started

    def raise_if_cancelled(self) -> None:
        """Nobody cancels."""


ENGINE = PatchEngine()
PREVIEWS_S: list[float] = []


def ours(image: Pixels, mask: Pixels, seed: int = _SEED) -> Pixels:
    listener = Listener()
    result = ENGINE.inpaint(EngineRequest(Verb.REMOVE, PatchParams(), image, mask, (seed,)), listener)
    PREVIEWS_S.append(listener.preview_s)
    return result.images[0]


def plain(image: Pixels, mask: Pixels) -> Pixels:
    patchmatch.set_random_seed(_SEED)
    filled = patchmatch.inpaint(np.ascontiguousarray(image), np.ascontiguousarray(mask), patch_size=3)
    return np.where(mask[:, :, np.newaxis] > 0, filled, image)


def opencv(method: int) -> Filler:
    def fill(image: Pixels, mask: Pixels) -> Pixels:
        return np.asarray(cv2.inpaint(image, mask, 3, method), dtype=np.uint8)

    return fill


FILLERS: dict[str, Filler] = {
    "ours": ours,
    "plain pypatchmatch": plain,
    "cv2 Telea": opencv(cv2.INPAINT_TELEA),
    "cv2 NS": opencv(cv2.INPAINT_NS),
}


def outer_seam(outcome: Outcome) -> float:
    """Seam where the paste ends, beside the stored one in the middle of the collar."""
    place = outcome.case.place.grown(8)
    support = np.zeros(outcome.result.shape[:2], dtype=np.bool_)
    support[place.y : place.bottom, place.x : place.right] = True
    return seam(outcome.result, support) or 1.0


def figure(outcomes: list[Outcome], name: str) -> list[float]:
    return [o.figures[name] for o in outcomes if o.figures[name] is not None]


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    median = statistics.median
    return {
        "seam": median(figure(outcomes, "seam")),
        "seam worst": max(figure(outcomes, "seam")),
        "outer": median([outer_seam(o) for o in outcomes]),
        "outer worst": max(outer_seam(o) for o in outcomes),
        "drift": median(figure(outcomes, "lf_drift")),
        "tex1": median(figure(outcomes, "tex1")),
        "tex2": median(figure(outcomes, "tex2")),
        "PSNR dB": statistics.fmean(o.psnr_db for o in outcomes),
        "s median": median([o.seconds for o in outcomes]),
        "s sum": sum(o.seconds for o in outcomes),
        "badness": statistics.fmean(badness(o.figures) for o in outcomes),
    }


def compare(known: list[Case]) -> None:
    """Turn by turn, so that a busy machine slows all of them."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in FILLERS}
    for case in known:
        for name, fill in FILLERS.items():
            outcomes[name].append(run_case(case, fill))
    rows = {name: summary(found) for name, found in outcomes.items()}
    columns = list(rows["ours"])
    print(f"\n{len(known)} known truths\n\n| filler | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(f'{row[column]:.2f}' for column in columns)} |")
    own, library, ns = rows["ours"], rows["plain pypatchmatch"], rows["cv2 NS"]
    print(
        f"\nours / plain: {own['s sum'] / library['s sum']:.2f} of the time,"
        f" {own['PSNR dB'] - library['PSNR dB']:+.2f} dB, seam {own['seam'] - library['seam']:+.2f}"
    )
    print(f"ours against cv2 NS: {own['PSNR dB'] - ns['PSNR dB']:+.2f} dB")


def fix(native: NativePicture, place: PixelRect, seed: int) -> NativePicture:
    prepared = prepare(native, MaskSpec(native.size, (place,)), verb="remove", engine_rules=CropRules())
    image, mask = crop_of(prepared)
    return finish(native, prepared, ours(image, mask, seed).tobytes(), seed=seed).picture


def chain() -> None:
    """Fifty edits, and what they changed outside of all that was ever marked."""
    first = NativePicture(load(SAMPLES[0])[:700, :900].copy(), "RGB")
    generator = np.random.default_rng(5)
    native, touched = first, np.zeros((700, 900), dtype=np.uint8)
    for number in range(EDITS):
        place = PixelRect(int(generator.integers(20, 500)), int(generator.integers(20, 400)), 40, 30)
        native = fix(native, place, number)
        touched[place.y - 8 : place.bottom + 8, place.x - 8 : place.right + 8] = 255
    changed, largest = outside_changed(first.pixels, native.pixels, PixelRect(0, 0, 900, 700), touched)
    print(f"\nafter {EDITS} chained edits: {changed} pixels changed outside, by up to {largest} levels")


def rot() -> None:
    """Twenty passes on one place: the texture that is left of the first picture's."""
    rows = []
    for path in SAMPLES[:4]:
        truth = load(path)[:800, :800].copy()
        place = PixelRect(330, 500 if truth.shape[0] > 700 else 200, 120, 110)
        support = np.zeros(truth.shape[:2], dtype=np.bool_)
        support[place.y : place.bottom, place.x : place.right] = True
        native = NativePicture(truth, "RGB")
        texture: list[float | None] = []
        for number in range(PASSES):
            native = fix(native, place, number)
            if number in (0, PASSES - 1):
                texture.append(measure(np.asarray(native.pixels, dtype=np.uint8), support)["tex1"])
        rows.append((texture[0] or 0.0, texture[1] or 0.0))
    kept = [last / max(first, 1e-6) for first, last in rows]
    print(f"tex1 after pass {PASSES} / after pass 1: median {statistics.median(kept):.2f}, least {min(kept):.2f}")


def cost(known: Case) -> None:
    """The proof line for a crop of 1 MP, half of it new; best of five, since the machine is shared."""
    rgb = np.ascontiguousarray(np.resize(known.truth[:1000, :1000], (1000, 1000, 3)))
    for side in (330, 700):
        support = np.zeros((1000, 1000), dtype=np.bool_)
        support[150 : 150 + side, 150 : 150 + side] = True
        best = min(_proof_seconds(rgb, support) for _ in range(5))
        print(f"proof line, 1 MP with {side}×{side} px new: {best * 1000:.0f} ms")
    _native, prepared = prepare_case(known)
    print(f"first guess after: median {statistics.median(PREVIEWS_S) * 1000:.0f} ms, crop {prepared.size}")


def _proof_seconds(rgb: Pixels, support: NDArray[np.bool_]) -> float:
    return seconds(lambda: measure(rgb, support))


def as_in_the_worker() -> None:
    """Start again with the threads that the worker gives its engines: idle ones must not spin."""
    if os.environ.get("GOMP_SPINCOUNT") != "0":
        threads = str(max((os.cpu_count() or 2) - 1, 1))
        wanted = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "GOMP_SPINCOUNT": "0"}
        os.environ.update(wanted, OMP_WAIT_POLICY="PASSIVE")
        os.execv(sys.executable, [sys.executable, "-m", "tests.bench.bench_fixing", *sys.argv[1:]])


def main() -> int:
    """Print all figures; 0 unless a fix broke its promise, which raises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=2, help="places on each photograph")
    parser.add_argument("--extras", action="store_true", help="photographs of other packages as well")
    arguments = parser.parse_args()
    as_in_the_worker()
    ENGINE.load("cpu")
    known = list(cases(arguments.places, extras=arguments.extras))
    print(machine(), flush=True)
    compare(known)
    cost(known[0])
    chain()
    rot()
    return 0


if __name__ == "__main__":
    sys.exit(main())
