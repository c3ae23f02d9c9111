"""What every engine is and gets. An engine sees a crop and a mask and returns crops; it never sees a frame.

Cropping, scaling back, colour, grain and pasting stay with the host. Importing this module imports no picture library.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

from reviewtui.imaging.crop import CropRules
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import Tier, Verb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class RunCancelledError(Exception):
    """The run was asked to stop; raised by ``EngineRun.raise_if_cancelled``. An answer, not a failure."""


@dataclass(frozen=True, slots=True)
class NoParams:
    """An engine without parameters."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine can do, known without loading it.

    Attributes:
        name: as in commands and in ``RunSpec.engine``.
        words: one line for lists.
        verbs: what it can be asked for.
        tiers: how good and slow its results are.
        device: what it runs on, ``cpu`` or such as ``cuda``.
        needs_model: weights must be had first.
        crop_rules: context, collar and size multiple that it wants.
        max_side_px: longest side of a crop, or None.
        params_type: frozen dataclass of its parameters; flags, form and validation come from it. A field's metadata
            holds ``help`` and, for numbers, ``min`` and ``max``.
        can_be_interrupted: it looks at ``raise_if_cancelled`` often enough; else cancelling kills its process.
    """

    name: str
    words: str
    verbs: frozenset[Verb]
    tiers: frozenset[Tier] = frozenset({Tier.FINAL})
    device: str = "cpu"
    needs_model: bool = False
    crop_rules: CropRules = field(default_factory=CropRules)
    max_side_px: int | None = None
    params_type: type[Any] = NoParams
    can_be_interrupted: bool = True


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One piece of work.

    Attributes:
        verb: what is asked for.
        params: an instance of the engine's ``params_type``.
        image: (H, W, 3) uint8 RGB, read-only.
        mask: (H, W) uint8, 255 = repaint, read-only.
        seeds: one per wanted image; image i depends on seeds[i] alone.
    """

    verb: Verb
    params: Any
    image: "Pixels"
    mask: "Pixels"
    seeds: tuple[int, ...]

    @property
    def size(self) -> PixelSize:
        """Of the crop."""
        return PixelSize(int(self.image.shape[1]), int(self.image.shape[0]))


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What came out.

    Attributes:
        images: one (H, W, 3) uint8 RGB crop per seed, in order.
        details: JSON-ready facts worth storing: method, scale, versions, ``passes`` as model decodes.
    """

    images: "list[Pixels]"
    details: dict[str, Any] = field(default_factory=dict)


class EngineRun(Protocol):
    """An engine's line to whoever waits for it."""

    def report(self, step: int, total: int, message: str = "", preview: "Pixels | None" = None) -> None:
        """Tell how far it is; ``preview`` is a provisional crop of the request's size.

        Raises:
            RunCancelledError: the run was asked to stop.
        """
        ...

    def raise_if_cancelled(self) -> None:
        """Look whether to go on.

        Raises:
            RunCancelledError: the run was asked to stop.
        """
        ...


class Engine(Protocol):
    """A maker of pixels. One thread uses it at a time."""

    info: EngineInfo

    def load(self, device: str) -> None:
        """Import libraries and load weights; blocking, may take long. Calling again does nothing.

        Raises:
            EngineError: kind ``engine_missing``, with what to install.
        """
        ...

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """Make one image per seed. Blocking.

        Raises:
            EngineError: it could not, in words.
            RunCancelledError: it was asked to stop.
        """
        ...

    def unload(self) -> None:
        """Give memory back."""
        ...


def params_from_data(info: EngineInfo, data: Mapping[str, Any]) -> Any:
    """Checked parameters from JSON-ready data; what is absent gets its default.

    Raises:
        InputError: an unknown name, a wrong type, or a number out of range; says what is allowed.
    """
    known = {item.name: item for item in fields(info.params_type)}
    unknown = sorted(set(data) - set(known))
    if unknown:
        allowed = ", ".join(known) or "it has none"
        raise InputError(f"the engine {info.name} has no parameter '{unknown[0]}'", f"allowed: {allowed}")
    for name, value in data.items():
        _check_param(info.name, name, value, known[name])
    return info.params_type(**data)


def _check_param(engine: str, name: str, value: Any, item: Any) -> None:
    default = None if item.default is MISSING else item.default
    wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if default is not None and (type(value) not in wanted):
        raise InputError(f"{engine}: {name} must be like {default!r}, not {value!r}")
    low, high = item.metadata.get("min"), item.metadata.get("max")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise InputError(f"{engine}: {name} is {low} to {high}, not {value!r}")
