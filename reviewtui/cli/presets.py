"""``presets``: named regions; keeping one, and removing one."""

from argparse import Namespace

from reviewtui.cli.output import Output, one_line
from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelSize, parse_rect
from reviewtui.model.masks import MaskSpec
from reviewtui.model.saved_presets import NamedPreset

# Percent of a side this long are exact to a hundredth, whatever the picture is.
_SQUARE = PixelSize(10_000, 10_000)


def presets(args: Namespace, out: Output) -> int:
    """List what there is; with a folder also what people saved there."""
    if args.save is not None or args.remove is not None:
        _act(args, out)
    found = _common() if args.folder is None else _with_saved(args)
    _tell([one for one in found if args.save in (None, one.name)], out)
    return 0


def _common() -> list[NamedPreset]:
    from reviewtui.services.common_presets import list_common_presets

    return list_common_presets()


def _with_saved(args: Namespace) -> list[NamedPreset]:
    from reviewtui.cli.wiring import opened
    from reviewtui.services.presets import list_presets

    with opened(args, reading=True) as workspace:
        return list_presets(workspace)


def _act(args: Namespace, out: Output) -> None:
    from reviewtui.cli.wiring import opened
    from reviewtui.services.presets import remove_preset, save_preset, save_preset_of_note

    if args.folder is None:
        raise UsageError("presets are saved in a workspace", "reviewtui presets FOLDER --save NAME --from-note ID")
    if args.save is not None and args.remove is not None:
        raise UsageError("one act at a time", "--save NAME or --remove NAME")
    with opened(args) as workspace:
        if args.remove is not None:
            remove_preset(workspace, args.remove)
            out.say(f"removed {one_line(args.remove)}")
        elif (args.from_note is None) == (not args.rect):
            raise UsageError("say which mask", "--from-note ID, or --rect X%,Y%,W%,H%")
        elif args.from_note is not None:
            save_preset_of_note(workspace, args.save, args.from_note)
        else:
            save_preset(workspace, args.save, _mask(args))


def _mask(args: Namespace) -> MaskSpec:
    for text in args.rect:
        if text.count("%") != 4:
            raise UsageError(f"'{text[:60]}' is not in percent", "a preset fits any size: --rect 10%,20%,30%,25%")
    return MaskSpec(_SQUARE, tuple(parse_rect(text, _SQUARE) for text in args.rect), invert=args.invert)


def _words(preset: NamedPreset) -> str:
    return f"{preset.words} - {preset.missing}" if preset.missing else preset.words


def _tell(found: list[NamedPreset], out: Output) -> None:
    for preset in found if out.as_json else []:
        out.record(
            {
                "name": preset.name,
                "available": not preset.missing,
                "tier": [],
                "verbs": [],
                "device": None,
                "why": _words(preset),
                "key": preset.key,
                "saved": preset.saved,
            }
        )
    if not out.as_json:
        out.table(("NAME", "KEY", "WHAT"), [(preset.name, preset.key, one_line(_words(preset))) for preset in found])
