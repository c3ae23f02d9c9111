"""One run of one engine: from ``RunSpec`` to a terminal event. Used inside an engine's process, and in tests inline.

An engine is not trusted: what it returns is checked before it counts as a result, and what it says is made harmless.
"""

import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from reviewtui.engines.base import Engine, EngineRequest, RunCancelledError, params_from_data
from reviewtui.imaging.layouts import as_array, fits
from reviewtui.model.errors import EngineError, ReviewError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb
from reviewtui.model.runs import BYTES_PER_PIXEL, Cancelled, Failed, Progressed, RunEvent, RunSpec, Started, Succeeded
from reviewtui.model.text import safe

Emit = Callable[[RunEvent], None]


class RunLine:
    """The engine's line to whoever waits; implements ``EngineRun``."""

    def __init__(self, spec: RunSpec, emit: Emit, is_cancelled: Callable[[], bool]) -> None:
        """Send reports through ``emit``; ask ``is_cancelled`` at each."""
        self._spec = spec
        self._emit = emit
        self._is_cancelled = is_cancelled

    def report(self, step: int, total: int, message: str = "", preview: Any = None) -> None:
        """See ``EngineRun.report``."""
        self.raise_if_cancelled()
        raw = None if preview is None else image_bytes(preview, self._spec.size, self._spec.layout)
        self._emit(Progressed(self._spec.job_id, self._spec.attempt, step, max(total, 1), safe(message), raw))

    def raise_if_cancelled(self) -> None:
        """See ``EngineRun.raise_if_cancelled``."""
        if self._is_cancelled():
            raise RunCancelledError


def perform(
    spec: RunSpec, get_engine: Callable[[str], Engine], emit: Emit, is_cancelled: Callable[[], bool]
) -> RunEvent:
    """Run a spec and return its terminal event; ``Started`` and progress go through ``emit``. Blocking.

    Errors that the application knows become ``Failed`` in words; anything else passes through, because the process that
    it happened in is not to be trusted any more.
    """
    began = time.monotonic()
    try:
        engine = get_engine(spec.engine)
        request = _request(spec, engine)
        if engine.info.needs_model:
            emit(Progressed(spec.job_id, spec.attempt, 0, 1, f"loading {spec.engine}"))
        engine.load(engine.info.device)
        emit(Started(spec.job_id, spec.attempt, engine.info.device))
        line = RunLine(spec, emit, is_cancelled)
        line.raise_if_cancelled()
        result = engine.inpaint(request, line)
        images = _checked_images(result.images, spec)
    except RunCancelledError:
        return Cancelled(spec.job_id, spec.attempt)
    except MemoryError:
        return Failed(
            spec.job_id, spec.attempt, ErrorKind.OUT_OF_MEMORY,
            f"the engine {spec.engine} ran out of memory on a crop of {spec.size} (mark a smaller region)",
        )  # fmt: skip
    except ReviewError as error:
        kind = error.kind if isinstance(error, EngineError) else ErrorKind.BAD_INPUT
        return Failed(spec.job_id, spec.attempt, ErrorKind(kind), safe(str(error)))
    return Succeeded(spec.job_id, spec.attempt, images, time.monotonic() - began, result.details)


def unexpected(spec: RunSpec, error: BaseException) -> Failed:
    """The terminal event of an engine that broke in a way nobody foresaw."""
    words = safe(" ".join(str(error).split())[:300])
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return Failed(
        spec.job_id, spec.attempt, ErrorKind.ENGINE_CRASHED,
        f"the engine {spec.engine} broke: {what} (retry, or use another engine)",
    )  # fmt: skip


def image_bytes(image: Any, size: PixelSize, layout: str = "RGB") -> bytes:
    """Raw bytes of an engine's image.

    Raises:
        EngineError: kind ``engine_crashed`` when it is no array of the size and layout asked for.
    """
    if not fits(image, size, layout):
        got = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        wanted = "an 8-bit RGB crop" if layout == "RGB" else f"a crop of {layout} samples"
        raise EngineError(
            ErrorKind.ENGINE_CRASHED, f"the engine returned {got} where {wanted} of {size} was wanted",
            "retry, or use another engine",
        )  # fmt: skip
    return bytes(image.tobytes())


def _request(spec: RunSpec, engine: Engine) -> EngineRequest:
    area = spec.size.area_px
    if len(spec.image_rgb) != BYTES_PER_PIXEL[spec.layout] * area or len(spec.mask_l) != area:
        raise EngineError(ErrorKind.BAD_INPUT, f"crop and mask do not have the size {spec.size}")
    verb = Verb(spec.verb) if spec.verb in set(Verb) else None
    if verb is None or verb not in engine.info.verbs:
        able = ", ".join(sorted(engine.info.verbs))
        raise EngineError(ErrorKind.BAD_INPUT, f"the engine {spec.engine} cannot {spec.verb}", f"it can: {able}")
    shape = (spec.size.height, spec.size.width)
    return EngineRequest(
        verb=verb,
        params=params_from_data(engine.info, spec.params),
        image=cast("Any", as_array(spec.image_rgb, spec.size, spec.layout)),
        mask=np.frombuffer(spec.mask_l, dtype=np.uint8).reshape(shape),
        seeds=spec.seeds,
        frugal=spec.frugal,
        avoid=_avoided(spec),
    )


def _avoided(spec: RunSpec) -> Any:
    """(H, W) bool, or None."""
    if not spec.avoid:
        return None
    avoid = np.zeros((spec.size.height, spec.size.width), dtype=np.bool_)
    for box in spec.avoid:
        avoid[max(box.y, 0) : box.bottom, max(box.x, 0) : box.right] = True
    return avoid


def _checked_images(images: Any, spec: RunSpec) -> tuple[bytes, ...]:
    if not isinstance(images, list) or len(images) != len(spec.seeds):
        count = len(images) if isinstance(images, list) else 0
        raise EngineError(
            ErrorKind.ENGINE_CRASHED, f"the engine returned {count} images where {len(spec.seeds)} were wanted",
            "retry, or use another engine",
        )  # fmt: skip
    return tuple(image_bytes(image, spec.result_size, spec.layout) for image in images)
