"""Gets pictures loaded, scaled and drawn in threads, and hands back only what is still wanted.

Must not touch widgets: it is told how to get back to the event loop.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from reviewtui.model.errors import ReviewError
from reviewtui.ui.pictures.cache import DrawingCache, DrawingKey
from reviewtui.ui.pictures.painter import Patch, Wanted, load_checked, scaled_patch
from reviewtui.ui.pictures.protocol import Drawing, PictureProtocol

_THREADS = 2
"""One may be busy with a picture that nobody wants any more while the other works on the next."""


def drawing_key(wanted: Wanted, protocol: str) -> DrawingKey:
    """Where the drawing of something wanted, without a patch, is kept."""
    viewport = wanted.viewport
    return DrawingKey(wanted.source.key, viewport.box, viewport.shown, protocol, int(wanted.depth))


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
        arrived: Callable[[Wanted, Drawing], None],
        failed: Callable[[Wanted, ReviewError], None],
    ) -> None:
        self._protocol = protocol
        self._cache = cache
        self._to_loop = to_loop
        self._arrived = arrived
        self._failed = failed
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")
        self._current: Wanted | None = None
        self._running: Future[tuple[Drawing, Drawing]] | None = None
        self._waiting: deque[Wanted] = deque(maxlen=2)
        self._prefetching = False

    @property
    def is_busy(self) -> bool:
        """Whether the newest request is not done yet."""
        return self._running is not None

    @property
    def is_idle(self) -> bool:
        """Whether no thread works."""
        return not self.is_busy and not self._prefetching

    def request(self, wanted: Wanted) -> Drawing | None:
        """Ask for a drawing; what was asked for before is dropped.

        Returns:
            The drawing at once when it is kept, else None; then ``arrived`` or ``failed`` is called later.
        """
        self.cancel()
        kept = self._cache.find(drawing_key(wanted, self._protocol.name))
        if kept is not None and wanted.patch is None:
            return kept
        self._current = wanted
        self._running = self._executor.submit(_work, self._protocol, wanted, kept)
        self._running.add_done_callback(partial(self._to_loop, self._done, wanted))
        return None

    def prefetch(self, wanted: Wanted) -> None:
        """Draw something that may be wanted next, when nothing else is to be done; the last two wishes count."""
        self._waiting.append(wanted)
        self._prefetch_next()

    def cancel(self) -> None:
        """Drop what was asked for; its answer is kept for later but reported to nobody."""
        self._current = None
        if self._running is not None:
            self._running.cancel()
        self._running = None

    def close(self) -> None:
        """End; work that runs is not waited for."""
        self.cancel()
        self._waiting.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _done(self, wanted: Wanted, future: "Future[tuple[Drawing, Drawing]]") -> None:
        if future.cancelled():
            return
        current = wanted is self._current
        if current:
            self._running = self._current = None
        try:
            base, drawing = future.result()
        except ReviewError as error:
            if current:
                self._failed(wanted, error)
        else:
            self._cache.keep(drawing_key(wanted, self._protocol.name), base)
            if current:
                self._arrived(wanted, drawing)
        self._prefetch_next()

    def _prefetch_next(self) -> None:
        while self._waiting and self.is_idle:
            wanted = self._waiting.popleft()
            if wanted.viewport.is_empty or drawing_key(wanted, self._protocol.name) in self._cache:
                continue
            self._prefetching = True
            future = self._executor.submit(_work, self._protocol, wanted, None)
            future.add_done_callback(partial(self._to_loop, self._prefetched, wanted))

    def _prefetched(self, wanted: Wanted, future: "Future[tuple[Drawing, Drawing]]") -> None:
        self._prefetching = False
        # A neighbour that cannot be read says so when it is looked at.
        if not future.cancelled() and not isinstance(future.exception(), ReviewError):
            self._cache.keep(drawing_key(wanted, self._protocol.name), future.result()[0])
        self._prefetch_next()


def _work(protocol: PictureProtocol, wanted: Wanted, kept: Drawing | None) -> tuple[Drawing, Drawing]:
    """The drawing, and the drawing with the patch over it. Blocking, runs in a thread."""
    base = protocol.draw(load_checked(wanted), wanted.depth) if kept is None else kept
    if wanted.patch is None:
        return base, base
    return base, _patched(protocol, wanted, base, wanted.patch)


def _patched(protocol: PictureProtocol, wanted: Wanted, base: Drawing, patch: Patch) -> Drawing:
    """The drawing with only those rows drawn anew that the patch touches."""
    found = scaled_patch(patch, wanted.viewport)
    if found is None:
        return base
    place, part = found
    pixels = base.pixels.copy()
    pixels[place.y : place.bottom, place.x : place.right] = part
    grain = wanted.viewport.grain.height
    first, last = place.y // grain, -(-place.bottom // grain)
    fresh = protocol.draw(pixels[first * grain : last * grain], wanted.depth)
    return replace(
        base,
        pixels=pixels,
        rows=(*base.rows[:first], *fresh.rows, *base.rows[last:]),
        encoded=(*base.encoded[:first], *fresh.encoded, *base.encoded[last:]),
    )
