"""Facts about the built-in engines, so that lists need not import them. Data only."""

from dataclasses import dataclass, field

from reviewtui.engines.base import EngineInfo
from reviewtui.imaging.crop import CropRules
from reviewtui.model.lifecycle import Tier, Verb


@dataclass(frozen=True, slots=True)
class PatchParams:
    """Parameters of ``patch``.

    Attributes:
        patch_size: radius of the compared patches in pixels; 3 was best on photographs and is four times faster than 5.
    """

    patch_size: int = field(default=3, metadata={"help": "radius of the compared patches in px", "min": 1, "max": 9})


PATCH = EngineInfo(
    name="patch",
    words="copies texture from around the flaw (PatchMatch); needs no model and no GPU",
    verbs=frozenset({Verb.REMOVE}),
    tiers=frozenset({Tier.DRAFT, Tier.FINAL}),
    crop_rules=CropRules(for_model=False, context_ratio=1.0, min_context_px=64),
    params_type=PatchParams,
    can_be_interrupted=False,
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in engine.

    Attributes:
        info: what it can do.
        target: ``module:class``.
        modules: what it imports when loaded.
        remedy: how to get those.
    """

    info: EngineInfo
    target: str
    modules: tuple[str, ...]
    remedy: str


BUILT_IN = {
    PATCH.name: BuiltIn(
        info=PATCH,
        target="reviewtui.engines.patch:PatchEngine",
        modules=("patchmatch", "cv2"),
        remedy="pip install pypatchmatch opencv-python-headless",
    )
}
