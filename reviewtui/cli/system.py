"""``engines`` and ``doctor``."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from reviewtui.cli.output import Output
from reviewtui.model.errors import UsageError

if TYPE_CHECKING:
    from reviewtui.engines.registry import EngineListing
    from reviewtui.services.doctor import TerminalReport


def engines(args: Namespace, out: Output) -> int:
    """What can make pixels here, what is missing and how to get it; or one model more."""
    from reviewtui.engines.registry import list_engines

    added = _add_engine(args) if args.action is not None else None
    listings = [listing for listing in list_engines() if added in (None, listing.name)]
    if added is not None and not out.as_json:
        out.say(f"added; use it with: reviewtui fix FOLDER ASSET --verb fix --engine {added}")
    for listing in listings if out.as_json else []:
        out.record(_engine_record(listing))
    if not out.as_json:
        rows = [_engine_row(listing) for listing in listings]
        out.table(("NAME", "STATE", "TIER", "VERBS", "DEVICE", "WHAT"), rows)
    return 0


def _add_engine(args: Namespace) -> str:
    """Name of the new engine."""
    from reviewtui.engines.diffusers.adding import add_model

    if args.action != "add" or args.name is None or args.source is None:
        raise UsageError("engines takes nothing, or: add NAME FOLDER-OR-HUB-NAME", "reviewtui engines --help")
    return add_model(args.name, args.source, revision=args.rev or "", download=args.download).engine


def _engine_record(listing: "EngineListing") -> dict[str, Any]:
    info = listing.info
    return {
        "name": listing.name,
        "available": listing.available,
        "tier": [] if info is None else sorted(info.tiers),
        "verbs": [] if info is None else sorted(info.verbs),
        "device": None if info is None else info.device,
        "why": f"{listing.words} - {listing.remedy}" if listing.remedy else listing.words,
    }


def _engine_row(listing: "EngineListing") -> tuple[object, ...]:
    record = _engine_record(listing)
    state = "ok" if record["available"] else "missing"
    return (
        record["name"],
        state,
        ", ".join(record["tier"]),
        ", ".join(record["verbs"]),
        record["device"],
        record["why"],
    )


def doctor(args: Namespace, out: Output) -> int:
    """Ten checks, each with its remedy; finding something is no failure of the doctor."""
    from reviewtui.services.doctor import examine

    for finding in examine(args.folder, state=args.state, terminal=_ask_terminal()):
        if out.as_json:
            out.record({"check": finding.check, "ok": finding.ok, "detail": finding.detail, "remedy": finding.remedy})
            continue
        remedy = f" - {finding.remedy}" if finding.remedy else ""
        out.line(
            f"{'ok' if finding.ok else '!!'}  {finding.check:<9} {finding.detail}{remedy}",
            "" if finding.ok else "yellow",
        )
    return 0


def _ask_terminal() -> "TerminalReport | None":
    """What the terminal can do, or None when the command does not run in one."""
    import os
    import sys

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    from reviewtui.ui.pictures.detect import detect, quiet_keyboard
    from reviewtui.ui.terminal_report import report_of

    with quiet_keyboard():
        return report_of(detect(os.environ))
