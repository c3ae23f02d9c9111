"""What several commands share: regions from options, the version that is meant, idempotency keys."""

from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reviewtui.cli.wiring import decoding
from reviewtui.model.entities import Version
from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelRect, PixelSize, parse_rect
from reviewtui.model.masks import MAX_FEATHER_PX, MAX_GROW_PX, MaskSpec
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace

if TYPE_CHECKING:
    from reviewtui.imaging.decoding import Decoder


def find_version(workspace: Workspace, name: str) -> Version:
    """The version that a name stands for, the head when none is named. Blocking.

    Raises:
        NotFoundError: nothing is called so, or it has no version yet.
    """
    with workspace.store.read() as db:
        return find_target(workspace, db, name).get_version()


def mask_from(workspace: Workspace, args: Namespace, version: Version) -> MaskSpec | None:
    """All ``--rect``, ``--preset`` and ``--mask`` as one selection, or None when there are none. Blocking.

    Raises:
        InputError: a mask file that cannot be used.
        UsageError: not a rectangle, or outside the picture; a feather or growth out of range.
        NotFoundError: no such preset.
    """
    _check_range(args.feather, "feather", 0, MAX_FEATHER_PX)
    _check_range(args.grow, "growth", -MAX_GROW_PX, MAX_GROW_PX)
    with ExitStack() as stack:
        mask = _drawn(workspace, args, version, stack)
    if mask is None:
        return None
    return replace(
        mask,
        invert=mask.invert != args.invert,
        grow_px=mask.grow_px if args.grow is None else args.grow,
        feather_px=mask.feather_px if args.feather is None else args.feather,
    )


def _check_range(value: int | None, name: str, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise UsageError(f"the {name} {value} is out of range", f"{low} to {high} px")


def _drawn(workspace: Workspace, args: Namespace, version: Version, stack: ExitStack) -> MaskSpec | None:
    from reviewtui.services.presets import find_preset_mask
    from reviewtui.services.raster_masks import import_mask

    def decoder() -> "Decoder":
        return stack.enter_context(decoding(workspace))

    regions = tuple(parse_rect(text, version.size) for text in args.rect or [])
    presets = [find_preset_mask(workspace, name, version, decoder=decoder) for name in args.preset or []]
    if args.mask is not None:
        _check_plain(presets)
        also = regions + tuple(region for one in presets for region in one.regions)
        return import_mask(workspace, decoder(), Path(args.mask), version.size, also=also, scale=args.mask_scale)
    if len(presets) == 1 and not regions:
        return presets[0]
    _check_plain(presets)
    regions += tuple(region for one in presets for region in one.regions)
    return _of_regions(regions, version.size)


def _check_plain(presets: list[MaskSpec]) -> None:
    """Only regions can be united with others."""
    odd = next((one for one in presets if one.invert or one.raster_sha256 is not None), None)
    if odd is not None:
        raise UsageError(f"the preset '{odd.preset}' cannot be joined with other regions", "give it alone")


def _of_regions(regions: tuple[PixelRect, ...], size: PixelSize) -> MaskSpec | None:
    return MaskSpec(size, tuple(dict.fromkeys(regions))) if regions else None


def act_key(workspace: Workspace, args: Namespace, command: str) -> str | None:
    """Idempotency key of a command: the caller's word, for this act of this person on this asset only."""
    if args.key is None:
        return None
    return "\x1f".join((command, workspace.actor.login, workspace.actor.name, args.asset, args.key))
