"""``why``, ``log``, ``verify`` and ``deliver``."""

from argparse import Namespace

from reviewtui.cli.output import Output
from reviewtui.cli.wiring import decoding, opened


def why(args: Namespace, out: Output) -> int:
    """The chain of one asset, in words or as data."""
    from reviewtui.cli.records import job_record, show_record
    from reviewtui.services.why import explain, tell

    with opened(args, reading=True) as workspace:
        chain = explain(workspace, args.asset)
        if not out.as_json:
            for line in tell(workspace, chain):
                out.line(line)
            return 0
    record = show_record(chain.view, {})
    masks = {mask_id: spec.to_data() for mask_id, spec in chain.masks.items()}
    for version in record["versions"]:
        del version["alpha_path"]
    out.record(
        {
            "asset": record["asset"],
            "status": record["status"],
            "head": record["head"],
            "versions": record["versions"],
            "notes": [{**note, "mask_data": masks.get(note["mask"])} for note in record["notes"]],
            "jobs": [
                {**job_record(job), "params": job.params, "mask_data": masks.get(job.mask_id)}
                for job in reversed(chain.view.jobs)
            ],
            "decisions": record["decisions"],
            "locks": record["locks"],
            "deliveries": [
                {
                    "delivery": item.delivery_id,
                    "version": item.number,
                    "sha256": item.sha256,
                    "name": item.name,
                    "folder": item.folder,
                    "manifest_sha256": item.manifest_sha256,
                    "by": item.author,
                    "at": item.created_at,
                }
                for item in chain.deliveries
            ],
            "head_bytes_ok": chain.bytes_ok,
        }
    )
    return 0


def log(args: Namespace, out: Output) -> int:
    """Every event, oldest first."""
    import json

    from reviewtui.cli.records import event_record
    from reviewtui.services.listing import iter_log

    with opened(args, reading=True) as workspace:
        for event in iter_log(workspace, args.asset):
            if out.as_json:
                out.record(event_record(event))
            else:
                payload = json.dumps(event.payload, sort_keys=True, ensure_ascii=False)
                out.line(f"{event.seq:>5}  {event.at}  {event.actor}  {event.kind}  {event.subject}  {payload}")
    return 0


def verify(args: Namespace, out: Output) -> int:
    """Check everything; 1 when anything differs."""
    from reviewtui.services.verify import verify as verify_workspace

    good = True
    with opened(args, reading=True) as workspace, decoding(workspace) as decoder:
        for check in verify_workspace(workspace, decoder, head=args.head):
            good = good and check.ok
            if out.as_json:
                out.record({"check": check.check, "ok": check.ok, "detail": check.detail})
            else:
                out.line(
                    f"{'ok    ' if check.ok else 'FAILED'}  {check.check:<8} {check.detail}", "" if check.ok else "red"
                )
    if not good:
        out.say(
            "reviewtui: something differs from what was recorded - copy the folder before anybody changes it further"
        )
    return 0 if good else 1


def deliver(args: Namespace, out: Output) -> int:
    """Approved bytes, manifest and checksums into a new folder."""
    from reviewtui.services.deliver import deliver as deliver_package

    with opened(args) as workspace:
        done = deliver_package(workspace, args.out, " ".join(args.query), progress=out.progress)
    out.end_progress()
    if out.as_json:
        files = [
            {
                "name": file.name,
                "asset": file.asset,
                "version": file.version,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
            }
            for file in done.files
        ]
        record = {"delivery": done.delivery_id, "files": files, "manifest_sha256": done.manifest_sha256}
        out.record({**record, "chain_head": done.chain_head, "left_out": done.left_out})
    else:
        out.table(("FILE", "VERSION", "SHA-256"), [(f.name, f"v{f.version}", f.sha256) for f in done.files])
        out.line(f"delivery {done.delivery_id} in {done.folder}")
        out.line(f"  manifest    {done.manifest_sha256}")
        out.line(f"  chain head  {done.chain_head}")
    if done.left_out:
        out.say(f"{done.left_out} that fit are not approved and were left out")
    return 0
