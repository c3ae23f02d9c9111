"""Check everything that was promised: history, records, statuses, bytes, and that fixes changed nothing outside.

Only reads, and trusts nothing: a damaged record is a finding, not a failure of the check.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewtui.model.entities import Event
from reviewtui.model.errors import ReviewError
from reviewtui.model.history import find_broken_link, fold_assets
from reviewtui.model.lifecycle import AssetStatus
from reviewtui.services.content import check_bytes_on_disk
from reviewtui.services.records import compare_records
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, list_assets
from reviewtui.store.audit import load_derived
from reviewtui.store.history import iter_events
from reviewtui.store.versions import get_version, list_kept_blobs, list_proofs

if TYPE_CHECKING:
    from reviewtui.imaging.decoding import Decoder
    from reviewtui.model.entities import Proof

_UNREADABLE = (ReviewError, ValueError, KeyError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Attributes:
        check: ``chain``, ``head``, ``records``, ``status``, ``blobs``, ``files`` or ``fixes``.
        detail: in words, not yet safe for a terminal.
    """

    check: str
    ok: bool
    detail: str


def verify(workspace: Workspace, decoder: "Decoder", *, head: str | None = None) -> Iterator[Check]:
    """Run every check; one line for each that holds, one for each difference. Blocking, long: it reads every blob.

    Args:
        head: hash of an event that was written down earlier; must be part of the history.
    """
    events, check = _read_events(workspace)
    yield check
    if head is not None:
        yield _check_head(events, head)
    parts: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("records", lambda: _check_records(workspace, events)),
        ("status", lambda: _check_statuses(workspace, events)),
        ("blobs", lambda: _check_blobs(workspace)),
        ("files", lambda: _check_files(workspace)),
        ("fixes", lambda: _check_fixes(workspace, decoder)),
    )
    for name, part in parts:
        try:
            yield from part()
        except _UNREADABLE as error:
            yield Check(name, False, f"a record cannot be read: {error}")


def _read_events(workspace: Workspace) -> tuple[list[Event], Check]:
    """The readable events from the first on, and whether they are a chain."""
    events: list[Event] = []
    try:
        with workspace.store.read() as db:
            for event in iter_events(db):
                events.append(event)  # noqa: PERF402 - what was read before a damaged row counts
    except _UNREADABLE as error:
        return events, Check("chain", False, f"an event after {len(events)} cannot be read: {error}")
    broken = find_broken_link(events)
    if broken is not None:
        return events, Check("chain", False, f"event {broken[0]} {broken[1]}")
    tip = f", head {events[-1].hash}" if events else ""
    return events, Check("chain", True, f"{len(events)} events, each bound to the one before{tip}")


def _check_head(events: list[Event], head: str) -> Check:
    wanted = head.strip().lower()
    seq = next((event.seq for event in events if event.hash == wanted), None)
    if seq is None:
        return Check("head", False, f"no event has the hash {wanted[:80]}: the history is another one")
    return Check("head", True, f"it is event {seq} of {len(events)}")


def _check_records(workspace: Workspace, events: list[Event]) -> Iterator[Check]:
    with workspace.store.read() as db:
        differences = compare_records(db, events)
    for difference in differences:
        yield Check("records", False, difference)
    if not differences:
        yield Check("records", True, "decisions, versions, notes, jobs and deliveries say what the events say")


def _check_statuses(workspace: Workspace, events: list[Event]) -> Iterator[Check]:
    folds = fold_assets(events)
    with workspace.store.read() as db:
        rows = load_derived(db)
    found = False
    for row in rows:
        fold = folds.pop(row.key, None)
        folded = ("none", 0) if fold is None else (str(fold.status), fold.retakes)
        if not folded == (row.view_status, row.view_retakes) == (row.status, row.retakes):
            found = True
            yield Check(
                "status",
                False,
                f"{row.key}: by the events {folded[0]}, by the records {row.view_status}, shown as {row.status}",
            )
    for key in folds:
        found = True
        yield Check("status", False, f"{key} is in the events and no longer among the assets")
    if not found:
        yield Check("status", True, f"{len(rows)} assets have the status that their events give them")


def _check_blobs(workspace: Workspace) -> Iterator[Check]:
    with workspace.store.read() as db:
        kept = list_kept_blobs(db)
    bad = 0
    for sha256, what in kept:
        if not workspace.blobs.verify(sha256):
            bad += 1
            yield Check("blobs", False, f"the bytes of {what} are gone or altered ({sha256})")
    if not bad:
        yield Check("blobs", True, f"{len(kept)} kept files have the bytes that their names say")


def _check_files(workspace: Workspace) -> Iterator[Check]:
    with workspace.store.read() as db:
        assets = [a for a in list_assets(db, Filter()) if a.status in (AssetStatus.APPROVED, AssetStatus.DELIVERED)]
        heads = [(asset, get_version(db, asset.head_id)) for asset in assets if asset.head_id is not None]
    bad = 0
    for asset, version in heads:
        try:
            check_bytes_on_disk(workspace, version)
        except ReviewError as error:
            bad += 1
            yield Check("files", False, f"{asset.key}: {error.message}")
    if not bad:
        yield Check("files", True, f"{len(heads)} approved versions are on disk as they were approved")


def _check_fixes(workspace: Workspace, decoder: "Decoder") -> Iterator[Check]:
    from reviewtui.services.verify_fixes import check_fix

    with workspace.store.read() as db:
        proofs = list_proofs(db)
    bad = measured = 0
    for proof in proofs:
        name, difference = _name_of(workspace, proof), None
        try:
            checked = check_fix(workspace, decoder, proof)
            difference, measured = checked.difference, measured + checked.measured
        except _UNREADABLE as error:
            difference = f"cannot be checked: {error}"
        if difference is not None:
            bad += 1
            yield Check("fixes", False, f"{name}: {difference}")
    if not bad:
        yield Check(
            "fixes",
            True,
            f"{len(proofs)} fixes changed 0 pixels outside their mask, recomputed from the bytes;"
            f" {measured} of them measure as their proof says",
        )


def _name_of(workspace: Workspace, proof: "Proof") -> str:
    from reviewtui.store.assets import get_asset

    with workspace.store.read() as db:
        version = get_version(db, proof.version_id)
        return f"{get_asset(db, version.asset_id).key}@{version.number}"
