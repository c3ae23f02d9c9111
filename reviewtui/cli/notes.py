"""``note`` and ``notes``."""

from argparse import Namespace

from reviewtui.cli.output import Output, one_line
from reviewtui.cli.regions import act_key, find_version, mask_from
from reviewtui.cli.wiring import opened
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw, NoteState


def note(args: Namespace, out: Output) -> int:
    """Write a note, and ask for its fix in the same transaction when told to."""
    from reviewtui.services.annotate import NoteRequest, default_fix, write_note

    with opened(args) as workspace:
        request = NoteRequest(
            text=args.text,
            flaw=Flaw(args.flaw or Flaw.OTHER),
            severity=args.severity or 2,
            mask=mask_from(args, find_version(workspace, args.asset).size),
            fix=default_fix(workspace) if args.fix else None,
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
    """List notes, or move or answer one and show it."""
    from reviewtui.cli.records import note_record
    from reviewtui.services.annotate import reply, set_note_state
    from reviewtui.services.browse import find_notes

    acts = [args.close, args.reopen, args.wont_fix, args.reply]
    if sum(act is not None for act in acts) > 1:
        raise UsageError("one act at a time", "--close, --reopen, --wont-fix or --reply")
    touched: int | None = None
    with opened(args, reading=all(act is None for act in acts)) as workspace:
        for note_id, state in (
            (args.close, NoteState.CLOSED), (args.reopen, NoteState.REOPENED), (args.wont_fix, NoteState.WONT_FIX),
        ):  # fmt: skip
            if note_id is not None:
                touched = set_note_state(workspace, note_id, state, args.reason or "").id
        if args.reply is not None:
            touched = _note_id(args.reply[0])
            reply(workspace, touched, args.reply[1])
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


def _note_id(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UsageError(f"'{text[:40]}' is no note id", "--reply ID TEXT")
    return int(text)
