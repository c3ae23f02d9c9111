"""An engine that waits at a gate, a file that a test creates, so that a test decides when a run ends."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reviewtui.engines.base import EngineInfo, EngineRequest, EngineResult, EngineRun
from reviewtui.model.lifecycle import Verb


@dataclass(frozen=True, slots=True)
class GateParams:
    """Where the gate is."""

    gate: str = ""


class GatedEngine:
    """Fills with its seed once the gate is there. Stops when asked to."""

    info = EngineInfo("gated", "for tests", frozenset({Verb.REMOVE}), params_type=GateParams)

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        run.report(1, 2, "at the gate")
        while not Path(request.params.gate).exists():
            run.raise_if_cancelled()
            time.sleep(0.005)
        return EngineResult([np.full_like(request.image, seed % 256) for seed in request.seeds], {"passes": 0})


TARGET = "tests.support.gated_engine:GatedEngine"
