"""What travels between the dispatcher and an executor: complete, serialisable, free of database and settings.

Only the crop travels, never the frame. Exactly one terminal event follows a submitted (job, attempt).
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind

#: Bytes of one pixel by layout: the modes of ``NativePicture``, 16 bits little-endian.
BYTES_PER_PIXEL = {"RGB": 3, "RGBA": 4, "L": 1, "LA": 2, "I;16": 2, "RGB;16": 6, "RGBA;16": 8}


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run of an engine on one crop.

    Attributes:
        job_id: the job.
        attempt: fence; echoed in every event.
        engine: name such as ``patch``.
        verb: value of ``Verb``.
        params: engine parameters, JSON-ready (``prompt``, ``strength``, …).
        size: of the crop.
        image_rgb: raw samples of the crop in ``layout``, row-major.
        mask_l: raw bytes of the denoise mask, 255 = repaint, width × height bytes.
        seeds: one per candidate; candidate i is made by seeds[i] alone, whatever the others are.
        deadline_s: seconds of run time after which the run is killed and reported as timed out.
        frugal: an earlier process ran out of memory on it: use as little as possible.
        layout: a name of ``BYTES_PER_PIXEL``; 8-bit RGB but for engines that work on a picture's own samples.
        factor: how many times wider and higher than the crop the images come back.
        avoid: boxes in pixels of the crop that an engine which copies shall take nothing from.
    """

    job_id: int
    attempt: int
    engine: str
    verb: str
    params: dict[str, Any]
    size: PixelSize
    image_rgb: bytes = field(repr=False)
    mask_l: bytes = field(repr=False)
    seeds: tuple[int, ...] = (0,)
    deadline_s: float = 600.0
    frugal: bool = False
    layout: str = "RGB"
    factor: int = 1
    avoid: tuple[PixelRect, ...] = ()

    @property
    def result_size(self) -> PixelSize:
        """Of the images that come back."""
        return PixelSize(self.size.width * self.factor, self.size.height * self.factor)


@dataclass(frozen=True, slots=True)
class Started:
    """The run began on a device."""

    job_id: int
    attempt: int
    device: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """The run got further.

    Attributes:
        step: steps done.
        total: steps in all, at least 1.
        message: what it does, in words.
        preview_rgb: raw RGB bytes of a provisional crop of the spec's size, or None.
    """

    job_id: int
    attempt: int
    step: int
    total: int
    message: str = ""
    preview_rgb: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Terminal: the crops are made.

    Attributes:
        images_rgb: raw samples in the spec's layout, one crop of its ``result_size`` per seed, in order.
        seconds: run time inside the engine.
        details: JSON-ready facts of the engine (device, versions, ``passes`` as model decodes).
    """

    job_id: int
    attempt: int
    images_rgb: tuple[bytes, ...] = field(repr=False)
    seconds: float
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Terminal: the engine could not."""

    job_id: int
    attempt: int
    kind: ErrorKind
    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Terminal: stopped on request."""

    job_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Terminal: the process that ran it is gone; nobody knows how far it got."""

    job_id: int
    attempt: int
    message: str


RunEvent = Started | Progressed | Succeeded | Failed | Cancelled | Lost
TERMINAL_EVENTS = (Succeeded, Failed, Cancelled, Lost)


class Executor(Protocol):
    """Where runs happen. Methods may be called from one thread, the dispatcher's; none waits longer than it says."""

    def start(self) -> None:
        """Get ready; may start processes."""
        ...

    def capacity(self) -> int:
        """How many runs can be submitted now without waiting behind others."""
        ...

    def submit(self, spec: RunSpec) -> None:
        """Begin a run.

        Raises:
            BusyError: no capacity.
        """
        ...

    def events(self, timeout_s: float) -> list[RunEvent]:
        """Everything that happened since the last call; waits up to ``timeout_s`` for the first event."""
        ...

    def request_cancel(self, job_id: int) -> None:
        """Ask a run to stop; unknown ids are ignored."""
        ...

    def kill(self, job_id: int) -> None:
        """Stop a run's process at once; the run ends as ``Cancelled`` when asked to cancel before, else ``Lost``."""
        ...

    def close(self) -> None:
        """Stop everything and leave no process behind."""
        ...
