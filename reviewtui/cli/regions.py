"""What several commands share: regions from options, the version that is meant, idempotency keys."""

from argparse import Namespace

from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelSize, parse_rect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace


def find_version(workspace: Workspace, name: str) -> Version:
    """The version that a name stands for, the head when none is named. Blocking.

    Raises:
        NotFoundError: nothing is called so, or it has no version yet.
    """
    with workspace.store.read() as db:
        return find_target(workspace, db, name).get_version()


def mask_from(args: Namespace, size: PixelSize) -> MaskSpec | None:
    """All ``--rect`` and ``--preset`` as one selection, or None when there are none.

    Raises:
        InputError: a feather out of range.
        UsageError: not a rectangle, or outside the picture.
        NotFoundError: no such preset.
    """
    from reviewtui.imaging.presets import preset_mask

    regions = [parse_rect(text, size) for text in args.rect or []]
    names = args.preset or []
    for name in names:
        regions += preset_mask(name, size).regions
    if not regions:
        return None
    only_preset = names[0] if len(names) == 1 and not args.rect else None
    unique = tuple(dict.fromkeys(regions))
    return MaskSpec(size, unique, invert=args.invert, feather_px=args.feather, preset=only_preset)


def act_key(workspace: Workspace, args: Namespace, command: str) -> str | None:
    """Idempotency key of a command: the caller's word, for this act of this person on this asset only."""
    if args.key is None:
        return None
    return "\x1f".join((command, workspace.actor.login, workspace.actor.name, args.asset, args.key))
