"""``note`` and ``notes``."""

from argparse import Namespace
from pathlib import Path

from reviewtui.cli.output import Output, one_line
from reviewtui.cli.passing import check_passes
from reviewtui.cli.regions import act_key, find_version, mask_from
from reviewtui.cli.wiring import opened
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw, NoteState
from reviewtui.services.workspace import Workspace

_STATES = {"close": NoteState.CLOSED, "reopen": NoteState.REOPENED, "wont_fix": NoteState.WONT_FIX}
_ACTS = (*_STATES, "reply", "weigh", "tag", "export_mask")


def note(args: Namespace, out: Output) -> int:
    """Write a note, and ask for its fix in the same transaction when told to."""
    from reviewtui.services.annotate import NoteRequest, default_fix, write_note

    with opened(args) as workspace:
        version = find_version(workspace, args.asset)
        mask, fix = mask_from(workspace, args, version), default_fix(workspace) if args.fix else None
        if fix is not None and mask is not None:
            check_passes(workspace, out, args.asset, mask, (fix,), agreed=args.yes)
        request = NoteRequest(
            text=args.text,
            flaw=Flaw(args.flaw or Flaw.OTHER),
            severity=args.severity or 2,
            mask=mask,
            fix=fix,
            act_key=act_key(workspace, args, "note"),
        )
        written = write_note(workspace, args.asset, request)
    if out.as_json:
        out.record(
            {
                "note": written.note_id,
                "version": written.version_number,
                "mask": written.mask_id,
                "job": written.job_id,
            }
        )
    else:
        job = "" if written.job_id is None else f", job {written.job_id} is queued"
        out.line(f"note {written.note_id} on v{written.version_number}{job}")
    return 0


def notes(args: Namespace, out: Output) -> int:
    """List notes, or act on one and show it."""
    from reviewtui.cli.records import note_record
    from reviewtui.services.browse import find_notes

    acts = [name for name in _ACTS if getattr(args, name) is not None]
    if len(acts) > 1:
        raise UsageError("one act at a time", ", ".join(f"--{name.replace('_', '-')}" for name in _ACTS))
    with opened(args, reading=acts in ([], ["export_mask"])) as workspace:
        touched = _act(workspace, args, acts[0]) if acts else None
        found = find_notes(workspace, args.asset)
    chosen = [n for n in found if touched is None or n.id == touched]
    if out.as_json:
        for item in chosen:
            out.record(note_record(item))
    elif chosen:
        rows = [
            (
                n.id,
                n.asset_key,
                f"v{n.version_number}",
                n.state,
                n.flaw,
                n.severity,
                n.author,
                n.job_id,
                one_line(n.text),
            )
            for n in chosen
        ]
        out.table(("NOTE", "ASSET", "ON", "STATE", "FLAW", "SEVERITY", "AUTHOR", "JOB", "TEXT"), rows)
    if not chosen:
        out.say("no notes")
    return 0


def _act(workspace: Workspace, args: Namespace, name: str) -> int:
    """Do what one option asks for; the note's id."""
    from reviewtui.services.annotate import reply, set_note_state, tag_note, weigh_note

    value = getattr(args, name)
    if name in _STATES:
        return set_note_state(workspace, value, _STATES[name], args.reason or "").id
    note_id, text = _number(value[0], "note id"), value[1]
    if name == "reply":
        reply(workspace, note_id, text)
    elif name == "export_mask":
        _export(workspace, note_id, Path(text))
    elif name == "weigh":
        weigh_note(workspace, note_id, _number(text, "severity"))
    elif text in set(Flaw):
        tag_note(workspace, note_id, Flaw(text))
    else:
        raise UsageError(f"no flaw is called '{text[:40]}'", f"one of: {', '.join(Flaw)}")
    return note_id


def _export(workspace: Workspace, note_id: int, path: Path) -> None:
    from reviewtui.cli.wiring import decoding
    from reviewtui.services.browse import find_notes
    from reviewtui.services.raster_masks import export_mask

    mask = next((note.mask for note in find_notes(workspace) if note.id == note_id), None)
    if mask is None:
        raise UsageError(f"there is no note {note_id} with a region", "reviewtui notes FOLDER lists them")
    with decoding(workspace) as decoder:
        export_mask(workspace, decoder, mask, path)


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UsageError(f"'{text[:40]}' is no {what}", "reviewtui notes --help")
    return int(text)
