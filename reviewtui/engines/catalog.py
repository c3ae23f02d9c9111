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


@dataclass(frozen=True, slots=True)
class ColorParams:
    """Parameters of ``color``: first the recolor, then the grade; all at their defaults change nothing.

    Attributes:
        look: colors to reach, see ``imaging.grading.Look``; empty moves no color.
        amount: how far towards the look.
        exposure: in stops.
        contrast: around middle grey.
        saturation: -1 is grey.
        temperature: -1 is blue, 1 is yellow.
        tint: -1 is green, 1 is magenta.
    """

    look: str = field(default="", metadata={"help": "colors to reach", "max_length": 200})
    amount: float = field(default=1.0, metadata={"help": "how far towards the color or the place", "min": 0, "max": 1})
    exposure: float = field(default=0.0, metadata={"help": "brighter or darker, in stops", "min": -5, "max": 5})
    contrast: float = field(default=0.0, metadata={"help": "around middle grey", "min": -1, "max": 1})
    saturation: float = field(default=0.0, metadata={"help": "-1 is grey", "min": -1, "max": 1})
    temperature: float = field(default=0.0, metadata={"help": "-1 blue to 1 yellow", "min": -1, "max": 1})
    tint: float = field(default=0.0, metadata={"help": "-1 green to 1 magenta", "min": -1, "max": 1})


@dataclass(frozen=True, slots=True)
class TextParams:
    """Parameters of ``text``.

    Attributes:
        text: letters and line ends.
        font: path of a TrueType or OpenType file; empty takes the font that comes with Pillow.
        font_sha256: of that file's bytes when the text was asked for.
        size_px: of the font.
        color: ``#rrggbb`` or a name.
        align: of several lines.
        opacity: of the letters.
    """

    text: str = field(default="", metadata={"help": "letters to set", "max_length": 2000})
    font: str = field(default="", metadata={"help": "a .ttf or .otf file", "max_length": 4096})
    font_sha256: str = field(default="", metadata={"help": "of the font's bytes", "max_length": 64})
    size_px: int = field(default=48, metadata={"help": "size of the letters", "min": 4, "max": 2000})
    color: str = field(default="#ffffff", metadata={"help": "#rrggbb, white, black or gray", "max_length": 16})
    align: str = field(default="left", metadata={"help": "of several lines: left, center, right", "max_length": 8})
    opacity: float = field(default=1.0, metadata={"help": "0 is invisible", "min": 0, "max": 1})


@dataclass(frozen=True, slots=True)
class LanczosParams:
    """Parameters of ``lanczos``.

    Attributes:
        factor: how many times wider and higher.
    """

    factor: int = field(default=2, metadata={"help": "2 or 4 times wider and higher", "min": 2, "max": 4})


PATCH = EngineInfo(
    name="patch",
    words="copies texture from around the flaw (PatchMatch); needs no model and no GPU",
    verbs=frozenset({Verb.REMOVE, Verb.OUTPAINT}),
    tiers=frozenset({Tier.DRAFT, Tier.FINAL}),
    crop_rules=CropRules(for_model=False, context_ratio=1.0, min_context_px=64),
    params_type=PatchParams,
    deep=True,
    can_be_interrupted=False,
)


# Neither looks beyond its place: the margin is what the proof needs to measure the edge.
_IN_PLACE = CropRules(for_model=False, context_ratio=0.0, min_context_px=32, needs_surroundings=False)
_BOTH_TIERS = frozenset({Tier.DRAFT, Tier.FINAL})

COLOR = EngineInfo(
    name="color",
    words="recolors and grades a region or the whole picture; needs no model",
    verbs=frozenset({Verb.RECOLOR}),
    tiers=_BOTH_TIERS,
    crop_rules=_IN_PLACE,
    params_type=ColorParams,
    native=True,
    uses_seed=False,
)

TEXT = EngineInfo(
    name="text",
    words="sets real text over the picture; needs no model",
    verbs=frozenset({Verb.OVERLAY}),
    tiers=_BOTH_TIERS,
    crop_rules=_IN_PLACE,
    params_type=TextParams,
    native=True,
    uses_seed=False,
)

LANCZOS = EngineInfo(
    name="lanczos",
    words="makes the whole picture 2 or 4 times larger; adds no detail, needs no model",
    verbs=frozenset({Verb.UPSCALE}),
    tiers=_BOTH_TIERS,
    crop_rules=_IN_PLACE,
    params_type=LanczosParams,
    native=True,
    uses_seed=False,
    scales=True,
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
    ),
    COLOR.name: BuiltIn(COLOR, "reviewtui.engines.color:ColorEngine", ("numpy",), "pip install numpy"),
    TEXT.name: BuiltIn(TEXT, "reviewtui.engines.text:TextEngine", ("PIL",), "pip install pillow"),
    LANCZOS.name: BuiltIn(LANCZOS, "reviewtui.engines.lanczos:LanczosEngine", ("PIL",), "pip install pillow"),
}
