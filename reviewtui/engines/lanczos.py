"""The engine that makes a whole picture larger with Lanczos. No model, no library beyond Pillow."""

from typing import Any

import numpy as np
from PIL import __version__ as pillow_version

from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import LANCZOS
from reviewtui.imaging.resampling import enlarged_tiles


class LanczosEngine:
    """The same picture gives the same bytes, whatever the seed."""

    info = LANCZOS

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """One larger picture per seed, all alike; interruptible between tiles.

        Raises:
            RunCancelledError: it was asked to stop.
        """
        factor, samples = request.params.factor, request.image
        shape = (samples.shape[0] * factor, samples.shape[1] * factor, *samples.shape[2:])
        large: Any = np.empty(shape, dtype=samples.dtype)
        for share in enlarged_tiles(samples, factor, large):
            run.report(round(100 * share), 100, f"{factor} times larger")
        details = {"method": "lanczos", "library": f"pillow {pillow_version}", "factor": factor, "passes": 0}
        return EngineResult([large] * len(request.seeds), details)
