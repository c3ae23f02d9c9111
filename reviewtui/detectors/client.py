"""Ask for what is in a picture: start the limited process, wait for its answer, end it. Must not import a network."""

import logging
import threading
import time

import numpy as np
from numpy.typing import NDArray

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import Detector, readiness
from reviewtui.imaging.children import spawn_child
from reviewtui.imaging.framing import Limits, receive, send
from reviewtui.model.errors import BusyError, InputError, NotFoundError

_MODULE = "reviewtui.detectors.child"
_MEMORY_BYTES = 4 << 30
_ANSWER_LIMITS = Limits(header_bytes=1 << 20, parts_bytes=0)
_QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GLOG_minloglevel": "3", "TF_CPP_MIN_LOG_LEVEL": "3"}

#: Seconds that a detector may take.
PATIENCE_S = 30.0

_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()


def detect(detector: Detector, rgb: NDArray[np.uint8], *, timeout_s: float = PATIENCE_S) -> list[Box]:
    """What a detector finds. Blocking, 0.3 to 2 s: call from a thread; one at a time per process.

    Args:
        detector: from the catalog.
        rgb: (height, width, 3), at most 4 MP; about 1 MP is enough for all of them.

    Raises:
        NotFoundError: the detector cannot run here; says how to get it.
        InputError: it failed on this picture or took too long.
        BusyError: no process can be had.
    """
    ready = readiness(detector)
    if not ready.available:
        raise NotFoundError(f"the detector '{detector.name}' is not there: {ready.why}", ready.remedy)
    with _one_at_a_time:
        return _ask(detector, rgb, timeout_s)


def _ask(detector: Detector, rgb: NDArray[np.uint8], timeout_s: float) -> list[Box]:
    deadline = time.monotonic() + timeout_s
    try:
        child = spawn_child(_MODULE, [str(_MEMORY_BYTES)], environment=_QUIET)
    except OSError as error:
        raise BusyError(f"no process for the detector can be started: {error.strerror or error}") from error
    try:
        request = {"detector": detector.name, "size": [rgb.shape[1], rgb.shape[0]]}
        send(child.sock, request, [np.ascontiguousarray(rgb).data], deadline=deadline)
        body = receive(child.sock, _ANSWER_LIMITS, deadline=deadline).body
        if "error" in body:
            _log.warning("detector %s: %s", detector.name, body["error"])
            raise InputError(f"the detector '{detector.name}' failed: {body['error']}", "mark the region by hand")
        return [Box(*(float(value) for value in box)) for box in body["boxes"]]
    except TimeoutError as error:
        raise InputError(
            f"the detector '{detector.name}' took longer than {timeout_s:g} s and was stopped",
            "mark the region by hand",
        ) from error
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        ending = child.how_it_ended()
        raise InputError(
            f"the detector '{detector.name}' did not survive: {ending}", "mark the region by hand"
        ) from error
    finally:
        child.stop()
