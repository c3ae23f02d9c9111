"""``lock``, ``rebase``, ``cherry-pick`` and ``again``: versions as a living document."""

from argparse import Namespace
from typing import TYPE_CHECKING

from reviewtui.cli.fixes import follow
from reviewtui.cli.output import Output
from reviewtui.cli.records import lock_record
from reviewtui.cli.regions import act_key, find_version, mask_from
from reviewtui.cli.wiring import decoding, opened
from reviewtui.model.entities import Lock
from reviewtui.model.errors import UsageError
from reviewtui.services.workspace import Workspace

if TYPE_CHECKING:
    from reviewtui.worker.again import Repeated


def lock(args: Namespace, out: Output) -> int:
    """Lock a region, list the locks of an asset, or lift one."""
    from reviewtui.services.locks import find_locks, remove_lock

    if args.list and args.remove is not None:
        raise UsageError("either list or lift", "--list, or --remove ID")
    with opened(args, reading=args.list) as workspace:
        if args.list:
            found = find_locks(workspace, args.asset)
            if not found:
                out.say(f"nothing of {args.asset} is locked")
        elif args.remove is not None:
            found = [remove_lock(workspace, args.asset, args.remove, args.reason or "")]
        else:
            found = [_draw(workspace, args)]
    _tell(out, found)
    return 0


def _draw(workspace: Workspace, args: Namespace) -> Lock:
    from reviewtui.services.locks import draw_lock

    version = find_version(workspace, args.asset)
    mask = mask_from(workspace, args, version)
    if mask is None:
        raise UsageError("say which region", "--rect X,Y,W,H or --preset NAME; --list shows what is locked")
    key = act_key(workspace, args, "lock")
    return draw_lock(workspace, args.asset, mask, args.reason or "", act_key=key)


def _tell(out: Output, found: list[Lock]) -> None:
    for one in found:
        if out.as_json:
            out.record(lock_record(one))
            continue
        where = " + ".join(map(str, one.spec.regions))
        why = f": {one.why}" if one.why else ""
        state = f"lifted by {one.lifted_by}" if one.lifted_by is not None else f"from v{one.version_number} on"
        out.line(f"lock {one.id}  {where}{' inverted' if one.spec.invert else ''}  {state}, drawn by {one.author}{why}")


def rebase(args: Namespace, out: Output) -> int:
    """Drop edits of a version's line and put the others together again."""
    from reviewtui.services.rebasing import ask_rebase
    from reviewtui.services.rerunning import ask_rebase_again

    with opened(args) as workspace:
        key, drop = act_key(workspace, args, "rebase"), args.drop or []
        if not args.again:
            return follow(workspace, args, out, [ask_rebase(workspace, args.asset, drop, act_key=key)])
        with decoding(workspace) as decoder:
            job_id = ask_rebase_again(workspace, decoder, args.asset, drop, act_key=key)
        return follow(workspace, args, out, [job_id])


def cherry_pick(args: Namespace, out: Output) -> int:
    """Lay the edit that made one version on another."""
    from reviewtui.services.cherry_picking import ask_cherry_pick

    if args.onto is None:
        raise UsageError("say onto which version", "--onto N")
    with opened(args) as workspace:
        key = act_key(workspace, args, "cherry-pick")
        return follow(workspace, args, out, [ask_cherry_pick(workspace, args.asset, args.onto, act_key=key)])


def again(args: Namespace, out: Output) -> int:
    """Run the recorded job of a version once more; 1 when the bytes are not the same."""
    from reviewtui.worker.again import repeat

    try:
        with opened(args, reading=True) as workspace, decoding(workspace) as decoder:
            done = repeat(workspace, decoder, args.asset, narrate=lambda words: out.progress(0, 1, words))
    finally:
        out.end_progress()
    name = f"{done.job.asset_key}@{done.version.number}"
    if out.as_json:
        out.record(
            {
                "job": done.job.id,
                "identical": done.identical,
                "asset": done.job.asset_key,
                "version": done.version.number,
                "different_px": done.different_px,
                "largest_delta": done.largest_delta,
                "seed": done.seed,
                "engine": done.job.engine,
                "engine_hash": done.engine_hash,
                "recorded_engine_hash": done.recorded_engine_hash,
                "sha256": done.sha256,
                "recorded_sha256": done.version.sha256,
                "seconds": done.seconds,
            }
        )
    else:
        for words in again_words(name, done):
            out.line(words)
    return 0 if done.identical else 1


def again_words(name: str, done: "Repeated") -> list[str]:
    """What came out, for people."""
    what = f"job {done.job.id}, {done.job.verb} with {done.job.engine}, seed {done.seed}, {done.seconds:g} s"
    if done.identical:
        lines = [f"{name} again: the same bytes ({what})", f"  bytes   {done.sha256}"]
    else:
        differs = (
            f"{done.different_px} pixels differ, by up to {done.largest_delta} levels"
            if done.different_px
            else "the pixels are the same, what the file says beside them is not"
        )
        lines = [f"{name} again: NOT the same bytes: {differs} ({what})"]
        lines += [f"  recorded  {done.version.sha256}", f"  now       {done.sha256}"]
    if done.engine_hash is not None:
        same = "as recorded" if done.engine_hash == done.recorded_engine_hash else "NOT the one that was recorded"
        lines.append(f"  engine  {done.engine_hash} ({same})")
    return lines
