"""What the loop around a model costs, with a tiny real pipeline: ratios and waits, not the model's own speed.

A region's crop against the whole frame with the same pipeline, our pass against the bare call, how soon a cancel
request ends a run, how soon a warm model begins, when the first preview is there, and what matching does.

    python -m tests.bench.bench_models            all of it, about a minute
    python -m tests.bench.bench_models --quick    without the whole frame
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest, RunCancelledError, params_from_data
from reviewtui.engines.diffusers.adding import add_model
from reviewtui.engines.diffusers.arguments import call_arguments
from reviewtui.engines.diffusers.engine import DiffusersEngine
from reviewtui.engines.diffusers.sampling import make_sampler
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import PreparedRun, finish, prepare
from reviewtui.imaging.proof import measure
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import TERMINAL_EVENTS, Progressed, RunEvent, RunSpec
from reviewtui.settings.models import models_file
from reviewtui.worker.executors.local import LocalExecutor
from tests.bench.measure import machine, milliseconds, seconds
from tests.support.decoded import decoded, grainy, match, photograph
from tests.support.photographs import SAMPLES, load
from tests.support.runs import events_until
from tests.support.tiny_pipelines import build_pipelines

FRAME = PixelSize(2048, 1360)
PLACE = PixelRect(1000, 600, 200, 200)
STEPS = 4


class Silence:
    """A line that nobody listens at, and one that asks to stop at the second step."""

    def __init__(self, *, stops: bool = False) -> None:
        self._stops, self.asked_at_s = stops, 0.0

    def report(self, step: int, total: int, message: str = "", preview: Any = None) -> None:
        if self._stops and step == 1 and not self.asked_at_s:
            self.asked_at_s = time.perf_counter()

    def raise_if_cancelled(self) -> None:
        if self.asked_at_s:
            raise RunCancelledError


def frame() -> NativePicture:
    rgb = load(SAMPLES[0])
    return NativePicture(np.ascontiguousarray(np.resize(rgb, (FRAME.height, FRAME.width, 3))), "RGB")


class Bench:
    """One engine in this process, one crop of a photograph."""

    def __init__(self) -> None:
        self.engine = DiffusersEngine("diffusers:sd")
        self.engine.load("")
        self.native = frame()
        spec = MaskSpec(FRAME, (PLACE,))
        self.prepared = prepare(self.native, spec, verb="remove", engine_rules=self.engine.info.crop_rules)
        self.params = params_from_data(self.engine.info, {"steps": STEPS, "prompt": "planks"})

    @property
    def model(self) -> Any:
        return self.engine._model

    def request(self) -> EngineRequest:
        return request_of(self.prepared, self.params)

    def ours(self) -> Any:
        return self.engine.inpaint(self.request(), Silence())

    def bare(self) -> Callable[[], Any]:
        """The pipeline's own call on the same scaled crop: nothing of ours but the arguments."""
        sampler = make_sampler(self.model, self.request(), shrink=1.0)

        def call() -> Any:
            arguments = call_arguments(
                self.model, self.params, sampler.image, sampler.mask, seeds=(1,), strength=1.0,
                on_step=lambda step, latents: None,
            )  # fmt: skip
            arguments.pop("callback_on_step_end")
            return self.model.pipe(**arguments)

        return call

    def whole(self) -> Any:
        """The pipeline on the whole frame, as one would without a crop."""
        mask = np.zeros((FRAME.height, FRAME.width), np.uint8)
        mask[PLACE.y : PLACE.bottom, PLACE.x : PLACE.right] = 255
        image = np.asarray(self.native.pixels, np.uint8)
        arguments = call_arguments(
            self.model, self.params, image, mask, seeds=(1,), strength=1.0, on_step=lambda step, latents: None
        )
        return self.model.pipe(**arguments)

    def against_bare(self, repeats: int = 3) -> None:
        """In processor time, alternating: waits of a busy machine do not count."""
        bare = self.bare()
        self.ours(), bare()
        pairs = [(_processor_s(self.ours), _processor_s(bare)) for _ in range(repeats)]
        ratio = statistics.median(own / plain for own, plain in pairs)
        scaling_s = _processor_s(lambda: make_sampler(self.model, self.request(), shrink=1.0))
        own_s, plain_s = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"our pass / bare call, crop {self.prepared.size}, {STEPS} steps: {ratio:.3f} of the processor time (goal"
            f" 1.05), {own_s:.2f} s against {plain_s:.2f} s; scaling and mask {scaling_s * 1000:.0f} ms",
            flush=True,
        )

    def cancel(self, repeats: int = 3) -> None:
        waits = []
        for _ in range(repeats):
            line = Silence(stops=True)
            try:
                self.engine.inpaint(replace(self.request(), params=replace(self.params, steps=50)), line)
            except RunCancelledError:
                waits.append(time.perf_counter() - line.asked_at_s)
        print(f"cancel between two steps to idle, in the engine: {milliseconds(waits)} (one step at most)")

    def landing(self) -> None:
        """What the host does to an answer: matching, paste, proof."""
        answer = self.ours().images[0].tobytes()
        took = min(seconds(lambda: finish(self.native, self.prepared, answer, seed=1)) for _ in range(5))
        rgb = np.ascontiguousarray(np.asarray(self.native.pixels)[:1000, :1000])
        support = np.zeros((1000, 1000), np.bool_)
        support[200:700, 200:700] = True
        proof = min(seconds(lambda: measure(rgb, support)) for _ in range(5))
        print(f"matching, paste and proof of a {self.prepared.size} crop: {took * 1000:.0f} ms")
        print(f"proof line for 1 MP: {proof * 1000:.0f} ms (goal 50)")


def _processor_s(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def request_of(prepared: PreparedRun, params: Any) -> EngineRequest:
    shape = (prepared.size.height, prepared.size.width)
    image = np.frombuffer(prepared.image_rgb, np.uint8).reshape(*shape, 3)
    return EngineRequest(Verb.REMOVE, params, image, np.frombuffer(prepared.mask_l, np.uint8).reshape(shape), (1,))


def warm(folder: Path) -> None:
    """Through a real engine process: from handing a job over to its start, its first preview, and a cancel to idle."""
    executor = LocalExecutor(log_path=folder / "engines.log", warm=())
    size = PixelSize(96, 88)
    rgb = np.random.default_rng(1).integers(40, 200, (size.height, size.width, 3), dtype=np.uint8).tobytes()
    mask = np.zeros((size.height, size.width), np.uint8)
    mask[30:60, 30:60] = 255
    starts, previews, cancels = [], [], []
    for job in range(8):
        spec = RunSpec(job, 1, "diffusers:small", "remove", {"steps": 60}, size, rgb, mask.tobytes(), (job,))
        began = time.perf_counter()
        executor.submit(spec)
        events_until(executor, lambda event: isinstance(event, Progressed) and event.message == "encoding")
        starts.append(time.perf_counter() - began)
        events_until(executor, lambda event: isinstance(event, Progressed) and event.preview_rgb is not None)
        previews.append(time.perf_counter() - began)
        if job % 2:
            asked = time.perf_counter()
            executor.request_cancel(job)
            _to_end(executor)
            cancels.append(time.perf_counter() - asked)
        else:
            _to_end(executor)
    executor.close()
    print(f"first job, with loading: {starts[0]:.1f} s; then a warm one starts after {milliseconds(starts[1:])}")
    print(f"first preview of a warm one: {milliseconds(previews[1:])}; cancel to idle: {milliseconds(cancels)}")


def _to_end(executor: LocalExecutor) -> list[RunEvent]:
    return events_until(executor, lambda event: isinstance(event, TERMINAL_EVENTS))


def matching() -> None:
    """What a decoder does to photographs, and what is left of it."""
    found = [match(photograph(path), PixelRect(180, 150, 150, 130)) for path in SAMPLES]

    def middle(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in found))

    print(
        f"{len(found)} photographs through a decoder: color outside {middle('outside_before'):.2f} →"
        f" {middle('outside'):.2f}, inside {middle('inside_before'):.2f} → {middle('inside'):.2f} levels, grain"
        f" {middle('grain_before'):.0%} → {middle('grain'):.0%}"
    )


def rot(passes: int = 20) -> None:
    """One place again and again through a decoder: the texture that is left."""
    kept, plain_kept = [], []
    for path in SAMPLES[:4]:
        native = plain = NativePicture(grainy(load(path)[:512, :512], 3), "RGB")
        place = PixelRect(190, 180, 120, 110)
        support = np.zeros(native.pixels.shape[:2], np.bool_)
        support[place.y : place.bottom, place.x : place.right] = True
        first = measure(np.asarray(native.pixels, np.uint8), support)["tex1"] or 1.0
        rules = DiffusersEngine("diffusers:sd").info.crop_rules
        for number in range(passes):
            spec = MaskSpec(native.size, (place,)).with_feather(8)
            prepared = prepare(native, spec, verb="fix", engine_rules=rules, strength=0.6)
            crop = np.frombuffer(prepared.image_rgb, np.uint8).reshape(prepared.size.height, prepared.size.width, 3)
            native = finish(native, prepared, decoded(crop).tobytes(), seed=number).picture
            whole = np.asarray(plain.pixels, np.uint8)
            plain = NativePicture(np.where(support[:, :, np.newaxis], decoded(whole), whole), "RGB")
        kept.append((measure(np.asarray(native.pixels, np.uint8), support)["tex1"] or 0.0) / first)
        plain_kept.append((measure(np.asarray(plain.pixels, np.uint8), support)["tex1"] or 0.0) / first)
    print(
        f"texture (tex1) kept after {passes} passes on one place: median {statistics.median(kept):.2f}, least"
        f" {min(kept):.2f}; without matching {statistics.median(plain_kept):.2f}"
    )


def as_in_the_worker() -> None:
    """Start again with the threads that the worker gives its engines: idle ones that spin would count as work."""
    if os.environ.get("GOMP_SPINCOUNT") != "0":
        threads = str(max((os.cpu_count() or 2) - 1, 1))
        wanted = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "GOMP_SPINCOUNT": "0"}
        os.environ.update(wanted, OMP_WAIT_POLICY="PASSIVE")
        os.execv(sys.executable, [sys.executable, "-m", "tests.bench.bench_models", *sys.argv[1:]])


def main() -> int:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="without the whole frame, which takes a minute or two")
    arguments = parser.parse_args()
    as_in_the_worker()
    warnings.simplefilter("ignore")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        pipeline = str(build_pipelines(folder / "pipelines")["sd"])
        for entry, side_px in (("sd", 512), ("small", 64)):
            add_model(entry, pipeline)
            models_file().write_text(models_file().read_text() + f"side_px = {side_px}\n")
        warm(folder)
        bench = Bench()
        bench.against_bare()
        bench.cancel()
        bench.landing()
        matching()
        rot()
        if not arguments.quick:
            crop_s, whole_s = _processor_s(bench.ours), _processor_s(bench.whole)
            print(f"whole frame {FRAME} / region's crop: {whole_s / crop_s:.0f}× the processor time (goal 50×)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
