"""The engine that recolors and grades without a model: one map from color to color over the whole crop.

The host's masks say where it shows and how softly.
"""

from typing import Any

from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import COLOR, ColorParams
from reviewtui.imaging.grading import Grade, best_recolor, graded, look_from_text
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind


class ColorEngine:
    """The same parameters give the same bytes, whatever the seed."""

    info = COLOR

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """One result per seed, all alike: first the recolor, then the grade.

        Raises:
            EngineError: nothing is asked for, or a grey picture shall get a color.
            RunCancelledError: it was asked to stop.
        """
        params: ColorParams = request.params
        samples: Any = request.image
        grade = Grade(params.exposure, params.contrast, params.saturation, params.temperature, params.tint)
        details: dict[str, Any] = {"method": "color map", "passes": 0}
        if params.look:
            if samples.ndim == 2:
                raise EngineError(
                    ErrorKind.BAD_INPUT, "the picture is grey: it has no color that could be moved",
                    "--exposure and --contrast work on it",
                )  # fmt: skip
            run.report(0, 2, "recoloring")
            samples, similarity, share = best_recolor(samples, request.mask > 0, _look(params), params.amount)
            details |= {"method": "color transfer", "luma_ssim": round(similarity, 4), "lightness_taken": share}
        elif grade.is_neutral:
            raise EngineError(ErrorKind.BAD_INPUT, "nothing was asked for", "--to '#3366aa', --like or --exposure 0.5")
        run.report(1, 2, "grading")
        result: Any = graded(samples, grade)
        return EngineResult([result] * len(request.seeds), details)


def _look(params: ColorParams) -> Any:
    try:
        return look_from_text(params.look)
    except ValueError as error:
        raise EngineError(ErrorKind.BAD_INPUT, f"not a look: {params.look[:80]}") from error
