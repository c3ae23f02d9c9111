"""How soft and how wide the edge of the next fix will be, for showing where it ends before anything is sent."""

from dataclasses import dataclass

from reviewtui.engines.registry import list_engines
from reviewtui.imaging.masks import edit_reach
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import default_fix
from reviewtui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Collar:
    """What the soft edge depends on beside the mask.

    Attributes:
        for_model: the engine samples, which needs wide edges; else it copies pixels.
        strength: 0 to 1, how much a sampling engine may change.
    """

    for_model: bool = False
    strength: float = 1.0


def default_collar(workspace: Workspace) -> Collar:
    """Of the fix that is sent when nothing else is asked for. Reads small files; call from a thread."""
    request = default_fix(workspace)
    info = next((one.info for one in list_engines() if one.name == request.engine), None)
    if info is None:
        # A plug-in says what it is only when it is loaded, which is no work for a desk; most of them sample.
        return Collar(for_model=True)
    asked = {**info.defaults(request.verb, request.tier), **(request.params or {})}.get("strength")
    return Collar(info.crop_rules.for_model, float(asked) if isinstance(asked, int | float) else 1.0)


def edge_of(mask: MaskSpec, collar: Collar) -> int | None:
    """How many pixels beyond the mask a fix may change; None where it is too large for one run. Arithmetic only."""
    try:
        return edit_reach(mask, for_model=collar.for_model, strength=collar.strength)[1]
    except InputError:
        return None


def soft_edges(mask: MaskSpec, edge_px: int) -> list[PixelRect]:
    """Rectangles in which a fix of a mask ends; around its regions, or inside them where the mask is inverted."""
    if edge_px <= 0:
        return []
    reach = -(mask.grow_px + edge_px) if mask.invert else mask.grow_px + edge_px
    grown = [rect.grown(reach) for rect in mask.regions if min(rect.width, rect.height) + 2 * reach > 0]
    return [rect for one in grown if (rect := one.clamped(mask.size)) is not None]
