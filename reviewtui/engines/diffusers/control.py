"""What a ControlNet for inpainting is shown. Runs in an engine's process only.

Such nets are steered by the picture with the masked part taken out. Nets that want edges, depth or a pose are refused,
as far as they can be told apart: no such picture is made here.
"""

from typing import Any

import numpy as np

from reviewtui.engines.diffusers.inputs import Pixels
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind

#: What the nets that unite several kinds call repainting, and how many kinds those have that know it.
#: Source: the list of kinds on the card of xinsir/controlnet-union-sdxl-1.0 promax.
_REPAINT, _KINDS_WITH_REPAINT = 7, 8


def check_control(pipe: Any, takes: frozenset[str]) -> None:
    """Nothing, or why a pipeline's ControlNet cannot be shown what it wants.

    Raises:
        EngineError: kind ``engine_missing``.
    """
    if "control_image" not in takes:
        return
    net = getattr(pipe, "controlnet", None)
    name = type(pipe).__name__
    if net is None:
        raise _refused(f"{name} is steered by a picture that is not made here")
    config = getattr(net, "config", {})
    if "ControlNetUnion" in type(net).__name__:
        if (getattr(config, "num_control_type", None) or 0) < _KINDS_WITH_REPAINT:
            raise _refused(f"the ControlNet of {name} knows no repainting")
    elif getattr(net, "union", False):
        raise _refused(f"the ControlNet of {name} knows no repainting")


def _refused(words: str) -> EngineError:
    return EngineError(
        ErrorKind.ENGINE_MISSING, words, "add a pipeline for inpainting, or one with a ControlNet for inpainting"
    )


def control_arguments(
    pipe: Any, takes: frozenset[str], image: Pixels, mask: Pixels, *, control: str, scale: float
) -> dict[str, Any]:
    """What its call takes because of a ControlNet; nothing for a pipeline without one.

    Args:
        image: (H, W, 3) uint8 at the working size.
        mask: (H, W) uint8 of 0 and 255, 255 = repaint.
        control: ``masked`` or ``picture``.
        scale: weight of the net.
    """
    from PIL import Image

    if "control_image" not in takes:
        return {}
    arguments: dict[str, Any] = {"controlnet_conditioning_scale": float(scale)}
    if "control_mask" in takes:  # these take the masked part out themselves
        return arguments | {"control_image": Image.fromarray(image), "control_mask": Image.fromarray(mask)}
    shown: Any = Image.fromarray(image)
    if control == "masked":
        shown = _holes(image, mask) if _is_first_generation(pipe) else Image.fromarray(_blackened(image, mask))
    if "control_mode" in takes and "ControlNetUnion" in type(pipe.controlnet).__name__:
        return arguments | {"control_image": [shown], "control_mode": [_REPAINT]}
    return arguments | {"control_image": shown}


def _is_first_generation(pipe: Any) -> bool:
    name = type(pipe).__name__
    return name.startswith("StableDiffusion") and not name.startswith(("StableDiffusionXL", "StableDiffusion3"))


def _holes(image: Pixels, mask: Pixels) -> Any:
    """(1, 3, H, W) of 0 to 1, and -1 where it is to be repainted.

    Source: the card of lllyasviel/control_v11p_sd15_inpaint.
    """
    import torch

    values = image.astype(np.float32) / 255
    values[mask > 0] = -1
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def _blackened(image: Pixels, mask: Pixels) -> Pixels:
    """Source: the example of diffusers' SDXL ControlNet union inpaint pipeline; Flux's nets take black likewise."""
    return np.where(mask[:, :, np.newaxis] > 0, np.uint8(0), image)
