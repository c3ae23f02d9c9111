"""What every engine is and gets. An engine sees a crop and a mask and returns crops; it never sees a frame.

Cropping, scaling back, colour, grain and pasting stay with the host. Importing this module imports no picture library.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

from reviewtui.imaging.crop import CropRules
from reviewtui.model.chains import CHAIN_PARAMS
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import Tier, Verb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reviewtui.imaging.layouts import Samples

    Pixels = NDArray[np.uint8]
    Places = NDArray[np.bool_]


#: May be said with every job.
COMMON_PARAMS = CHAIN_PARAMS | {
    "prompt", "negative_prompt", "strength", "feather_px", "variants", "ratio", "anchor", "frame", "shift",
}  # fmt: skip


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
            holds ``help``; ``min`` and ``max`` of a number, ``max_length`` of a text, ``kind`` if the default is None.
        verb_defaults: parameters that differ from the type's defaults by what is asked for.
        tier_defaults: the same by how good it shall be.
        native: it gets and returns the picture's own samples (any depth, grey as grey), not 8-bit RGB.
        deep: it gets and returns the colors of a picture of 16 bits as they are, (H, W, 3) or (H, W) for grey; of any
            other one 8-bit RGB.
        scales: it returns images larger by its parameter ``factor``, transparency included.
        uses_seed: another seed gives another result; else one candidate is all there is.
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
    verb_defaults: Mapping[Verb, Mapping[str, Any]] = field(default_factory=dict)
    tier_defaults: Mapping[Tier, Mapping[str, Any]] = field(default_factory=dict)
    native: bool = False
    deep: bool = False
    scales: bool = False
    uses_seed: bool = True
    can_be_interrupted: bool = True

    def takes_samples_of(self, mode: str) -> bool:
        """Whether it gets a picture's own samples, not 8-bit RGB.

        Args:
            mode: layout of the picture.
        """
        return self.native or (self.deep and mode.endswith(";16"))

    def defaults(self, verb: Verb, tier: Tier) -> dict[str, Any]:
        """Parameters that this verb and tier begin with."""
        return {**self.verb_defaults.get(verb, {}), **self.tier_defaults.get(tier, {})}


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One piece of work.

    Attributes:
        verb: what is asked for.
        params: an instance of the engine's ``params_type``.
        image: (H, W, 3) uint8 RGB, read-only; for a ``native`` or ``deep`` engine what ``imaging.layouts`` says of the
            picture.
        mask: (H, W) uint8, 255 = repaint, read-only.
        seeds: one per wanted image; image i depends on seeds[i] alone.
        frugal: memory ran out before, in another process: use as little as possible from the start.
        avoid: (H, W) bool, pixels that an engine which copies shall take nothing from; None where there are none.
    """

    verb: Verb
    params: Any
    image: "Pixels"
    mask: "Pixels"
    seeds: tuple[int, ...]
    frugal: bool = False
    avoid: "Places | None" = None

    @property
    def size(self) -> PixelSize:
        """Of the crop."""
        return PixelSize(int(self.image.shape[1]), int(self.image.shape[0]))


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What came out.

    Attributes:
        images: one crop per seed, in order, laid out as the request's image.
        details: JSON-ready facts worth storing: method, scale, versions, ``passes`` as model decodes.
    """

    images: "list[Pixels]"
    details: dict[str, Any] = field(default_factory=dict)


class EngineRun(Protocol):
    """An engine's line to whoever waits for it."""

    def report(self, step: int, total: int, message: str = "", preview: "Samples | None" = None) -> None:
        """Tell how far it is; ``preview`` is a provisional crop laid out as the request's image.

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


def engine_params(info: EngineInfo, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine is given, JSON-ready, checked, with its defaults filled in so that the record is complete.

    Args:
        asked: an engine that has no use for something that may be said with every job is not bothered with it.

    Raises:
        InputError: as ``params_from_data``.
    """
    own = {item.name for item in fields(info.params_type)}
    chosen = {name: value for name, value in asked.items() if name in own or name not in COMMON_PARAMS}
    return asdict(params_from_data(info, chosen))


def _check_param(engine: str, name: str, value: Any, item: Any) -> None:
    default = None if item.default is MISSING else item.default
    if value is None and default is None:
        return
    kind = item.metadata.get("kind") or (None if default is None else type(default))
    wanted: tuple[Any, ...] = (int, float) if kind is float else (kind,)
    if kind is not None and type(value) not in wanted:
        like = f"like {default!r}" if default is not None else "a number"
        raise InputError(f"{engine}: {name} must be {like}, not {value!r}")
    low, high = item.metadata.get("min"), item.metadata.get("max")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise InputError(f"{engine}: {name} is {low} to {high}, not {value!r}")
    longest = item.metadata.get("max_length")
    if longest is not None and len(value) > longest:
        raise InputError(f"{engine}: {name} is at most {longest} characters, this one has {len(value)}", "shorten it")
