"""``fix --real-text`` and ``fix --anew``: letters that are set and not drawn."""

from argparse import Namespace
from typing import Any

from reviewtui.cli.regions import act_key
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.prompts import quoted_texts
from reviewtui.services.workspace import Workspace

_WORDS = ("size", "color", "align", "anchor", "font", "opacity")


def send_text(workspace: Workspace, args: Namespace, mask: MaskSpec | None) -> int:
    """Ask for a clean plate with real letters, or for the letters of a note anew; the first job's id.

    Args:
        mask: what was marked, or the region of the note.

    Raises:
        UsageError: words that do not go together, or nothing in quotes.
        ReviewError: as ``services.real_text``.
    """
    from reviewtui.cli.wiring import decoding
    from reviewtui.services.real_text import send_plate, send_plate_with_note, send_text_anew

    if args.real_text and args.anew:
        raise UsageError("either letters on a clean plate or those of a note anew", "--real-text or --anew")
    if args.verb not in (None, Verb.OVERLAY if args.anew else Verb.REMOVE):
        raise UsageError(f"this is no {args.verb}", "leave --verb away")
    said: dict[str, Any] = {word: getattr(args, word) for word in _WORDS}
    key = act_key(workspace, args, "fix")
    with decoding(workspace) as decoder:
        if args.anew:
            if not args.note:
                raise UsageError("say whose text", "--note ID; reviewtui notes FOLDER lists them")
            words = {**said, "text": args.text, "at": args.at}
            return send_text_anew(workspace, decoder, args.note[0], words, act_key=key)
        text = args.text or next(iter(quoted_texts(args.prompt or "")), "")
        if not text:
            raise UsageError("nothing stands in quotes", """--prompt 'a sign that says "OPEN"', or --text OPEN""")
        more = {"words": said, "feather_px": args.feather, "seed": args.seed}
        if args.note:
            return send_plate(workspace, decoder, args.note[0], text, act_key=key, **more)
        from reviewtui.services.annotate import NoteRequest

        request = NoteRequest(args.prompt or text, Flaw(args.flaw or Flaw.TEXT), mask=mask, act_key=key)
        written = send_plate_with_note(workspace, decoder, args.asset, request, text, **more)
        assert written.job_id is not None
        return written.job_id
