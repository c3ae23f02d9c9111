"""Engines that misbehave on purpose, for the executors' contract. Loaded by name in the engine process as well."""

import os
import signal
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from reviewtui.engines.base import EngineInfo, EngineRequest, EngineResult, EngineRun
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind, Verb


class Scripted:
    """Base: a verb, no libraries."""

    info = EngineInfo("scripted", "for tests", frozenset({Verb.REMOVE}))

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        raise NotImplementedError


class Filling(Scripted):
    """Fills each image with its seed, reports three steps and a preview."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        for step in range(3):
            run.report(step, 3, f"step {step}", preview=request.image if step == 0 else None)
        images = [np.full_like(request.image, seed % 256) for seed in request.seeds]
        return EngineResult(images, {"pid": os.getpid(), "passes": 0})


class Polite(Scripted):
    """Goes on until it is asked to stop."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        while True:
            run.report(1, 2, "waiting")
            time.sleep(0.005)


class Deaf(Scripted):
    """Never looks whether it should stop."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        run.report(0, 1, "deaf")
        while True:
            time.sleep(10)


class Segfaulting(Scripted):
    """Crashes as C code does."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError


class Exiting(Scripted):
    """Ends its process."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        os._exit(3)


class Hungry(Scripted):
    """Runs out of memory."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        raise MemoryError


class Buggy(Scripted):
    """Breaks in a way nobody foresaw."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        raise ZeroDivisionError("oh\nno")


class Refusing(Scripted):
    """Says why it cannot."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        raise EngineError(ErrorKind.BAD_INPUT, "too dark", "lighten it")


class Lying(Scripted):
    """Returns something that is no crop of the wanted size; which, says the environment-free seed."""

    results: ClassVar[list[Any]] = [
        [np.zeros((1, 1, 3), np.uint8)],
        [],
        [np.full((4, 5, 3), np.nan)],
        [b"garbage"],
        "garbage",
        [np.zeros((4, 5), np.uint8)],
    ]

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        return EngineResult(self.results[request.seeds[0]])


class Chatty(Scripted):
    """Prints to both streams, which must not reach a terminal."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        os.write(1, b"to stdout \x1b[31m\n")
        os.write(2, b"to stderr\n")
        score = int(Path("/proc/self/oom_score_adj").read_text())
        details = {"niceness": os.nice(0), "cwd": str(Path.cwd()), "oom_score_adj": score}
        return EngineResult([request.image.copy()], details)


ENGINES: dict[str, type[Scripted]] = {
    kind.__name__.lower(): kind
    for kind in (Filling, Polite, Deaf, Segfaulting, Exiting, Hungry, Buggy, Refusing, Lying, Chatty)
}
TARGETS = {name: f"tests.support.engines:{kind.__name__}" for name, kind in ENGINES.items()}
