"""Gets pictures loaded, scaled and drawn in threads, and hands back only what is still wanted.

Must not touch widgets: it is told how to get back to the event loop.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PIL import Image
from rich.color import ColorSystem

from reviewtui.model.errors import InputError, ReviewError
from reviewtui.model.geometry import CellSize, PixelRect
from reviewtui.ui.pictures.cache import DrawingCache, DrawingKey
from reviewtui.ui.pictures.protocol import Drawing, PictureProtocol
from reviewtui.ui.pictures.source import PictureSource, Pixels
from reviewtui.ui.pictures.viewport import Viewport

_THREADS = 2
"""One may be busy with a picture that nobody wants any more while the other works on the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Provisional pixels over a part of a picture.

    Attributes:
        rect: its place, inside the picture.
        rgb: RGB, uint8, shape (rect.height, rect.width, 3).
    """

    rect: PixelRect
    rgb: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One drawing that is wanted."""

    serial: int
    source: PictureSource
    viewport: Viewport
    depth: ColorSystem
    patch: Patch | None = None

    def drawing_key(self, protocol: str) -> DrawingKey:
        """Where its drawing without a patch is kept."""
        return DrawingKey(self.source.key, self.viewport.box, self.viewport.shown, protocol, int(self.depth))


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was drawn.

    Attributes:
        request: what was asked for.
        drawing: the picture, with the patch over it when there was one.
    """

    request: Request
    drawing: Drawing


class Loader:
    """Runs requests; a newer request supersedes an older one. Event loop only, its work excepted.

    Args:
        protocol: draws.
        cache: keeps drawings without patches.
        to_loop: runs a function with arguments on the event loop; called from threads.
        arrived: gets what the newest request asked for.
        failed: gets why the newest request could not be done.
    """

    def __init__(
        self,
        protocol: PictureProtocol,
        cache: DrawingCache,
        to_loop: Callable[..., object],
        arrived: Callable[[Loaded], None],
        failed: Callable[[Request, ReviewError], None],
    ) -> None:
        self._protocol = protocol
        self._cache = cache
        self._to_loop = to_loop
        self._arrived = arrived
        self._failed = failed
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")
        self._serial = 0
        self._running: Future[tuple[Drawing, Drawing]] | None = None
        self._waiting: deque[Request] = deque(maxlen=2)
        self._prefetching = False

    @property
    def is_busy(self) -> bool:
        """Whether the newest request is not done yet."""
        return self._running is not None

    def request(
        self, source: PictureSource, viewport: Viewport, depth: ColorSystem, patch: Patch | None = None
    ) -> Loaded | None:
        """Ask for a drawing; what was asked for before is dropped.

        Returns:
            The drawing at once when it is kept, else None; then ``arrived`` or ``failed`` is called later.
        """
        self.cancel()
        request = Request(self._serial, source, viewport, depth, patch)
        kept = self._cache.find(request.drawing_key(self._protocol.name))
        if kept is not None and patch is None:
            return Loaded(request, kept)
        self._running = self._executor.submit(_work, self._protocol, request, kept)
        self._running.add_done_callback(partial(self._to_loop, self._done, request))
        return None

    def prefetch(self, source: PictureSource, viewport: Viewport, depth: ColorSystem) -> None:
        """Draw something that may be wanted next, when nothing else is to be done; the last two wishes count."""
        self._waiting.append(Request(-1, source, viewport, depth))
        self._prefetch_next()

    def cancel(self) -> None:
        """Drop what was asked for; its answer is kept for later but reported to nobody."""
        self._serial += 1
        if self._running is not None:
            self._running.cancel()
        self._running = None

    def close(self) -> None:
        """End; work that runs is not waited for."""
        self.cancel()
        self._waiting.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _done(self, request: Request, future: "Future[tuple[Drawing, Drawing]]") -> None:
        if future.cancelled():
            return
        current = request.serial == self._serial
        if current:
            self._running = None
        try:
            base, drawing = future.result()
        except ReviewError as error:
            if current:
                self._failed(request, error)
        else:
            self._cache.keep(request.drawing_key(self._protocol.name), base)
            if current:
                self._arrived(Loaded(request, drawing))
        self._prefetch_next()

    def _prefetch_next(self) -> None:
        while self._waiting and not self._prefetching and not self.is_busy:
            request = self._waiting.popleft()
            if request.viewport.is_empty or request.drawing_key(self._protocol.name) in self._cache:
                continue
            self._prefetching = True
            future = self._executor.submit(_work, self._protocol, request, None)
            future.add_done_callback(partial(self._to_loop, self._prefetched, request))

    def _prefetched(self, request: Request, future: "Future[tuple[Drawing, Drawing]]") -> None:
        self._prefetching = False
        # A neighbour that cannot be read says so when it is looked at.
        if not future.cancelled() and not isinstance(future.exception(), ReviewError):
            self._cache.keep(request.drawing_key(self._protocol.name), future.result()[0])
        self._prefetch_next()


def _work(protocol: PictureProtocol, request: Request, kept: Drawing | None) -> tuple[Drawing, Drawing]:
    """The drawing, and the drawing with the patch over it. Blocking, runs in a thread."""
    base = kept
    if base is None:
        viewport = request.viewport
        pixels = request.source.load(viewport.box, viewport.shown)
        if pixels.shape != (viewport.shown.height, viewport.shown.width, 3) or pixels.dtype != np.uint8:
            raise InputError(f"the picture came as {pixels.shape} {pixels.dtype} instead of {viewport.shown} RGB")
        base = protocol.draw(pixels, request.depth)
    if request.patch is None:
        return base, base
    return base, _patched(protocol, request, base, request.patch)


def _patched(protocol: PictureProtocol, request: Request, base: Drawing, patch: Patch) -> Drawing:
    """The drawing with only those rows drawn anew that the patch touches."""
    viewport = request.viewport
    seen = patch.rect.intersection(viewport.box)
    if seen is None:
        return base
    place = viewport.shown_of(seen)
    part = patch.rgb[
        seen.y - patch.rect.y : seen.bottom - patch.rect.y, seen.x - patch.rect.x : seen.right - patch.rect.x
    ]
    scaled = np.asarray(
        Image.fromarray(np.ascontiguousarray(part)).resize((place.width, place.height), Image.Resampling.BOX)
    )
    pixels = base.pixels.copy()
    pixels[place.y : place.bottom, place.x : place.right] = scaled
    grain = viewport.grain.height
    first, last = place.y // grain, -(-place.bottom // grain)
    fresh = protocol.draw(pixels[first * grain : last * grain], request.depth)
    return replace(
        base,
        pixels=pixels,
        cells=CellSize(base.cells.width, base.cells.height),
        rows=(*base.rows[:first], *fresh.rows, *base.rows[last:]),
        encoded=(*base.encoded[:first], *fresh.encoded, *base.encoded[last:]),
    )
