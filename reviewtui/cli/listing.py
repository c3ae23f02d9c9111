"""``scan``, ``ls`` and ``show``."""

import os
from argparse import Namespace
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

from reviewtui.cli.output import Output, one_line
from reviewtui.cli.wiring import decoding, opened

if TYPE_CHECKING:
    from reviewtui.model.entities import Decision
    from reviewtui.services.browse import AssetView, VersionView
    from reviewtui.services.ingest_reports import FileReport, ScanProgress
    from reviewtui.services.roundtrip import HandChange

_STAGES = {"looking": "looking through the folder", "listing": "listing what is new", "reading": "reading pictures"}


def scan(args: Namespace, out: Output) -> int:
    """Register what is new or changed, once; files that cannot be used are told, and are no failure."""
    from reviewtui.cli.records import path_fields
    from reviewtui.services.ingest import scan as scan_folder

    def show_progress(now: "ScanProgress") -> None:
        out.progress(now.done, now.total or 0, _STAGES.get(now.stage, now.stage))

    with opened(args) as workspace, decoding(workspace) as decoder:
        reports = scan_folder(workspace, decoder, progress=show_progress)
        out.end_progress()
        for report in reports if out.as_json else []:
            absolute = os.path.join(os.fsencode(workspace.paths.root), report.path)  # noqa: PTH118 - bytes
            out.record({**report.to_data(workspace.paths.root), **path_fields(os.fsdecode(absolute))})
    if not out.as_json:
        _tell_reports(reports, out)
    return 0


def _tell_reports(reports: "list[FileReport]", out: Output) -> None:
    if reports:
        rows = [
            (r.display, r.state, r.asset, None if r.version is None else f"v{r.version}", r.reason) for r in reports
        ]
        out.table(("FILE", "STATE", "ASSET", "VERSION", "REASON"), rows)
    counts: dict[str, int] = {}
    for report in reports:
        counts[report.state] = counts.get(report.state, 0) + 1
    out.say(", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing new")


def ls(args: Namespace, out: Output) -> int:
    """List the assets that fit."""
    from reviewtui.cli.records import asset_record
    from reviewtui.services.listing import list_with_places

    with opened(args, reading=True) as workspace:
        listed = list_with_places(workspace, " ".join(args.query))
    if out.as_json:
        for item in listed:
            out.record(asset_record(item.asset, item.path))
    elif listed:
        rows = [
            (
                a.key,
                a.status,
                "-" if a.head_number is None else f"v{a.head_number}",
                a.versions,
                a.notes_open,
                a.retakes,
            )
            for a in (item.asset for item in listed)
        ]
        out.table(("ASSET", "STATUS", "HEAD", "VERSIONS", "NOTES", "RETAKES"), rows)
    if not listed:
        out.say("nothing fits" if args.query else "no assets yet: reviewtui scan FOLDER registers them")
    return 0


def show(args: Namespace, out: Output) -> int:
    """One asset with its tree, notes, decisions and proof lines."""
    from reviewtui.cli.records import show_record
    from reviewtui.services.browse import show_asset
    from reviewtui.services.roundtrip import find_hand_changes

    with opened(args, reading=True) as workspace, ExitStack() as stack:
        view = show_asset(workspace, args.asset)
        changes = find_hand_changes(workspace, cache(lambda: stack.enter_context(decoding(workspace))), view)
        hashes = [version.proof.alpha_sha256 for version in view.versions if version.proof is not None]
        alphas = {sha256: str(workspace.blobs.path_of(sha256)) for sha256 in hashes if workspace.blobs.has(sha256)}
    if out.as_json:
        out.record(show_record(view, alphas, changes))
    else:
        _tell_asset(view, out)
        _tell_changes(changes, out)
    return 0


def _tell_changes(changes: "dict[int, HandChange]", out: Output) -> None:
    for number, change in changes.items():
        where = "nowhere" if change.box is None else f"in {change.box}, {change.changed_px} px"
        out.line(f"v{number} differs from what it followed {where}")


def _tell_asset(view: "AssetView", out: Output) -> None:
    head = "no version yet" if view.asset.head_number is None else f"head v{view.asset.head_number}"
    out.line(f"{view.asset.key}: {view.asset.status.replace('_', ' ')}, {head}", "bold")
    if view.versions:
        out.line()
        headings = ("VERSION", "PARENT", "OP", "SIZE", "SHA-256", "PROOF", "READ AT")
        out.table(headings, [_version_row(shown) for shown in view.versions])
    if view.notes:
        out.line()
        notes = [shown.note for shown in view.notes]
        out.table(
            ("NOTE", "ON", "STATE", "FLAW", "SEVERITY", "AUTHOR", "TEXT"),
            [(n.id, f"v{n.version_number}", n.state, n.flaw, n.severity, n.author, one_line(n.text)) for n in notes],
        )
    if view.decisions:
        out.line()
        headings = ("DECISION", "ON", "VERDICT", "REVIEWER", "AT", "SHOWN", "REASON")
        out.table(headings, [_decision_row(d) for d in view.decisions])


def _version_row(shown: "VersionView") -> tuple[object, ...]:
    version, proof = shown.version, shown.proof
    changed = None if proof is None else proof.metrics.get("outside_changed_px")
    words = None if proof is None else f"{changed} px outside, edge {proof.edge_px} px"
    parent = None if version.parent_number is None else f"v{version.parent_number}"
    return (f"v{version.number}", parent, version.op, str(version.size), version.sha256[:12], words, shown.path)


def _decision_row(decision: "Decision") -> tuple[object, ...]:
    verdict = decision.verdict or f"takes back {decision.revokes_id}"
    if decision.revoked:
        verdict += " (taken back)"
    from reviewtui.services.why import evidence_words

    on, shown = f"v{decision.version_number}", one_line(evidence_words(decision.evidence))
    return (decision.id, on, verdict, decision.reviewer, decision.created_at, shown, one_line(decision.reason))
