"""The limited process that looks for things: ``python -m reviewtui.detectors.child FD MEMORY_BYTES``.

Answers one request at a time: a detector's name and the pixels of a reduced picture; returns boxes. It reads no file
but its own weights.
"""

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.windows import Pixels
from reviewtui.imaging.children import end_with_parent
from reviewtui.imaging.framing import Limits, Message, receive, send

MOST_PIXELS = 4_000_000
_LIMITS = Limits(header_bytes=1 << 12, parts_bytes=MOST_PIXELS * 3)


def main() -> None:
    """Serve requests until the parent closes the socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    memory_bytes = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(OSError):
        os.nice(5)
    end_with_parent(sock)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            send(sock, _answer(receive(sock, _LIMITS)))


def _answer(request: Message) -> dict[str, Any]:
    try:
        width, height = request.body["size"]
        rgb = np.frombuffer(request.parts[0], dtype=np.uint8).reshape(height, width, 3)
        boxes = _finder(request.body["detector"])(rgb)
    except (ImportError, OSError, ValueError, RuntimeError, MemoryError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"boxes": [list(box) for box in boxes]}


def _finder(name: str) -> Callable[[Pixels], list[Box]]:
    """What finds a detector's things.

    Raises:
        ValueError: there is no such detector.
    """
    if name == "text":
        from reviewtui.detectors.lettering import find_text

        return find_text
    if name in ("subject", "background"):
        from reviewtui.detectors.people import find_people

        return find_people
    from reviewtui.detectors.anchored import find_faces
    from reviewtui.detectors.hands import find_hands

    known = {"face": find_faces, "hands": find_hands}
    if name not in known:
        raise ValueError(f"there is no detector '{name}'")
    return known[name]


if __name__ == "__main__":
    main()
