"""``approve``, ``request-changes``, ``reject``, ``pick``, ``hold`` and its like, and ``undo``."""

from argparse import Namespace

from reviewtui.cli.output import Output
from reviewtui.cli.regions import act_key
from reviewtui.cli.wiring import opened
from reviewtui.model.lifecycle import Hold, Verdict


def approve(args: Namespace, out: Output) -> int:
    """Approve the head's bytes."""
    return _decide(args, out, Verdict.APPROVED_WITH_CHANGES if args.with_changes else Verdict.APPROVED)


def request_changes(args: Namespace, out: Output) -> int:
    """Ask for changes on the head."""
    return _decide(args, out, Verdict.CHANGES_REQUESTED)


def reject(args: Namespace, out: Output) -> int:
    """Reject the head."""
    return _decide(args, out, Verdict.REJECTED)


def _decide(args: Namespace, out: Output, verdict: Verdict) -> int:
    from reviewtui.cli.records import decision_record
    from reviewtui.services.review import VERDICT_WORDS, Ballot, decide

    with opened(args) as workspace:
        ballot = Ballot(
            verdict,
            args.reason or "",
            sha256=args.sha256,
            act_key=act_key(workspace, args, f"decide {verdict}"),
            seen=args.seen,
        )
        done = decide(workspace, args.asset, ballot)
    if out.as_json:
        record = decision_record(done.asset.key, done.decision)
        out.record(
            {**record, "status": done.status, "closed_notes": list(done.closed_notes), "chain_head": done.chain_head}
        )
        return 0
    decision = done.decision
    words = VERDICT_WORDS[decision.verdict or verdict]
    out.line(f"{decision.reviewer} {words} {done.asset.key} v{decision.version_number} (decision {decision.id})")
    out.line(f"  bytes       {decision.sha256}")
    out.line(f"  chain head  {done.chain_head}")
    if done.closed_notes:
        out.line(f"  closed      note {', '.join(map(str, done.closed_notes))}")
    out.line(f"  status      {done.status.replace('_', ' ')}")
    return 0


def pick(args: Namespace, out: Output) -> int:
    """Make a version the head."""
    from reviewtui.services.review import pick as pick_version

    with opened(args) as workspace:
        asset = pick_version(workspace, args.asset, act_key=act_key(workspace, args, "pick"))
    if out.as_json:
        out.record({"asset": asset.key, "head": asset.head_number, "status": asset.status})
    else:
        out.line(f"the head of {asset.key} is v{asset.head_number}")
    return 0


def put_on_hold(args: Namespace, out: Output) -> int:
    """Put an asset on hold."""
    return _set_hold(args, out, Hold.HOLD)


def omit(args: Namespace, out: Output) -> int:
    """Leave an asset out."""
    return _set_hold(args, out, Hold.OMITTED)


def release(args: Namespace, out: Output) -> int:
    """Take an asset back."""
    return _set_hold(args, out, None)


def _set_hold(args: Namespace, out: Output, state: Hold | None) -> int:
    from reviewtui.services.review import hold

    with opened(args) as workspace:
        asset = hold(workspace, args.asset, state)
    if out.as_json:
        out.record({"asset": asset.key, "status": asset.status})
    else:
        out.line(f"{asset.key}: {asset.status.replace('_', ' ')}")
    return 0


def undo(args: Namespace, out: Output) -> int:
    """Take back the caller's last act, or his decision on an asset."""
    from reviewtui.services.browse import show_asset
    from reviewtui.services.undo import take_back_decision, undo_last

    with opened(args) as workspace:
        if args.decision is None:
            undone = undo_last(workspace, args.reason or "")
        else:
            asset = show_asset(workspace, args.decision).asset
            undone = take_back_decision(workspace, asset.id, args.reason or "taken back")
    if out.as_json:
        out.record({"undone": undone.words})
    else:
        out.line(f"taken back: {undone.words}")
    return 0
