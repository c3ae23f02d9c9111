"""What is known of families of pipelines by the name of their class: sizes that they sample well at. Data only."""

from dataclasses import dataclass
from typing import Any

from reviewtui.imaging.crop import CropRules

_MP = 1_000_000
_MAX_SAMPLED_PX = 1_100_000
_CROP_PX = 512
_LARGEST_ENLARGEMENT = 1.6


@dataclass(frozen=True, slots=True)
class Family:
    """How a family wants its input.

    Attributes:
        prefix: how the class names of the family begin.
        min_px: fewest pixels that it samples well.
        max_px: most pixels that it samples well.
        multiple_px: sides are multiples of it.
        guidance: name of the argument that says how closely the prompt is followed.
        takes_strength: it can start from the picture; else everything inside the mask is made anew whatever is asked.
        keeps_own_size: it works at a size of its own choice, near ``max_px``; its answer is scaled.
    """

    prefix: str
    min_px: int
    max_px: int
    multiple_px: int
    guidance: str = "guidance_scale"
    takes_strength: bool = True
    keeps_own_size: bool = False


def _large(prefix: str, **more: Any) -> Family:
    """Of the transformers that sample about one megapixel."""
    return Family(prefix, 960 * 960, _MAX_SAMPLED_PX, 16, **more)


# The first prefix that fits counts. Source: the resolutions that each family was trained at, and what their calls take.
_FAMILIES = (
    Family("StableDiffusionXL", 800 * 800, 1024 * 1024, 8),
    _large("StableDiffusion3ControlNetInpaint", takes_strength=False),
    _large("StableDiffusion3"),
    Family("StableDiffusion", 512 * 512, 512 * 768, 8),
    Family("Kandinsky", 768 * 768, 1024 * 1024, 64, takes_strength=False),
    Family("Amused", 512 * 512, 512 * 512, 16),
    # Its true guidance is another argument; the one of the usual name is for distilled models that do not exist yet.
    _large("QwenImageControlNetInpaint", guidance="true_cfg_scale", takes_strength=False),
    Family("QwenImageEdit", 1024 * 1024, _MAX_SAMPLED_PX, 32, guidance="true_cfg_scale", keeps_own_size=True),
    _large("QwenImage", guidance="true_cfg_scale"),
    _large("ZImageControlNetInpaint", takes_strength=False),
    _large("ZImage"),
    _large("Flux"),
    _large("Chroma"),
    _large(""),
)


def find_family(pipeline: str) -> Family:
    """The family of a pipeline's class; one for large transformers when it is not known."""
    return next(family for family in _FAMILIES if pipeline.startswith(family.prefix))


def refusal(pipeline: str) -> str:
    """Why pipelines of a class can never be used here, as far as its name tells; empty when it does not."""
    if pipeline.startswith("FluxControl") and not pipeline.startswith("FluxControlNet"):
        return "is steered by a picture of edges or depth, which is not made here"
    if pipeline.startswith(("EasyAnimate", "StableAudio", "Onnx")):
        return "takes no picture and mask as they are made here"
    return ""


def crop_rules(pipeline: str, side_px: int = 0) -> CropRules:
    """Context and working size for a pipeline.

    Args:
        pipeline: name of its class.
        side_px: side that it works best at when that is not the family's; 0 for the family's.
    """
    family = find_family(pipeline)
    least, most = family.min_px, family.max_px
    if side_px:
        least, most = side_px**2, min(side_px**2 * 3 // 2, _MAX_SAMPLED_PX)
    side = side_px or _CROP_PX
    return CropRules(
        for_model=True,
        size_multiple_px=family.multiple_px,
        min_side_px=max(min(side, _CROP_PX), int(least**0.5 / _LARGEST_ENLARGEMENT)),
        sampled_px=(min(least, most), most),
    )
