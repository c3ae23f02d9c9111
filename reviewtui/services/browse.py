"""What screens and commands show: consistent snapshots, read again whenever the feed says so."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from reviewtui.model.entities import Asset, Decision, Event, File, Job, Lock, Note, Proof, Reply, Version
from reviewtui.model.errors import InputError
from reviewtui.model.lifecycle import AssetStatus, FileState, Flaw, JobState
from reviewtui.model.masks import MaskSpec
from reviewtui.model.query import parse_query
from reviewtui.services.content import find_content
from reviewtui.services.locks import specs_on
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace
from reviewtui.store import files, jobs
from reviewtui.store.assets import (
    Filter,
    count_by_status,
    count_needing,
    get_asset,
    list_asset_ids,
    list_assets,
    load_assets,
)
from reviewtui.store.connection import Reader
from reviewtui.store.decisions import list_decisions
from reviewtui.store.history import list_latest_events
from reviewtui.store.locks import list_locks
from reviewtui.store.notes import count_flaws, find_last_mask, list_notes, list_replies
from reviewtui.store.versions import get_blob, list_proofs, list_remarks, list_versions


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what was measured of it and where its bytes can be read now.

    Attributes:
        path: absolute, or None when the bytes are gone.
        remark: what the engine that made it said of it, outside text; empty when it said nothing.
    """

    version: Version
    proof: Proof | None
    path: str | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note with its thread."""

    note: Note
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class AssetView:
    """Everything about one asset at one moment; lists are oldest first, jobs newest first.

    Attributes:
        locks: those that stand, whichever version they were drawn on.
        locked: what is locked in each version, by its id and in its own pixels; absent where nobody knows.
    """

    asset: Asset
    versions: tuple[VersionView, ...]
    notes: tuple[NoteView, ...]
    decisions: tuple[Decision, ...]
    jobs: tuple[Job, ...]
    files: tuple[File, ...]
    locks: tuple[Lock, ...] = ()
    locked: Mapping[int, tuple[MaskSpec, ...]] = field(default_factory=dict)

    @property
    def head(self) -> VersionView | None:
        """The version under review."""
        return next((view for view in self.versions if view.version.id == self.asset.head_id), None)

    def locks_on(self, version: Version) -> list[Lock]:
        """Locks that hold for a version: drawn on it or on one of its parents."""
        parents = {one.version.id: one.version.parent_id for one in self.versions}
        line: set[int] = set()
        at: int | None = version.id
        while at is not None:
            line.add(at)
            at = parents.get(at)
        return [lock for lock in self.locks if lock.version_id in line]

    def find_number(self, number: int) -> VersionView | None:
        """Version ``number``, or None."""
        return next((view for view in self.versions if view.version.number == number), None)


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the whole workspace.

    Attributes:
        needs_me: assets that need the reviewer.
        pending: files that wait to be decoded.
        quarantined: files that cannot be used.
    """

    needs_me: int
    total: int
    by_status: dict[AssetStatus, int]
    jobs: dict[JobState, int]
    pending: int
    quarantined: int
    missing: int


def load_overview(workspace: Workspace) -> Overview:
    """Counts of the whole workspace. Blocking."""
    with workspace.store.read() as db:
        by_status = count_by_status(db)
        by_state = files.count_by_state(db)
        return Overview(
            needs_me=count_needing(db, workspace.actor.name),
            total=sum(by_status.values()),
            by_status=by_status,
            jobs=jobs.count_by_state(db),
            pending=files.count_pending(db),
            quarantined=by_state.get(FileState.QUARANTINED, 0),
            missing=by_state.get(FileState.MISSING, 0),
        )


def _filter(workspace: Workspace, query: str, order: str = "name") -> Filter:
    return Filter(parse_query(query), workspace.actor.name, order)


def list_queue(workspace: Workspace, query: str = "", order: str = "name") -> list[int]:
    """Ids of the assets that fit a query, in order. Blocking.

    Raises:
        UsageError: the query is not valid.
    """
    chosen = _filter(workspace, query, order)
    with workspace.store.read() as db:
        return list_asset_ids(db, chosen)


def load_queue_page(workspace: Workspace, ids: list[int]) -> list[Asset]:
    """Assets of one page of the queue, at most 500. Blocking."""
    with workspace.store.read() as db:
        return load_assets(db, ids)


def find_assets(workspace: Workspace, query: str = "", order: str = "name") -> list[Asset]:
    """Every asset that fits a query. Blocking.

    Raises:
        UsageError: the query is not valid.
    """
    chosen = _filter(workspace, query, order)
    with workspace.store.read() as db:
        return list_assets(db, chosen)


def load_asset(workspace: Workspace, asset_id: int) -> AssetView:
    """Everything about one asset. Blocking.

    Raises:
        NotFoundError: there is none with this id.
    """
    with workspace.store.read() as db:
        return _view(workspace, db, get_asset(db, asset_id))


def show_asset(workspace: Workspace, name: str) -> AssetView:
    """Everything about the asset that a name stands for. Blocking.

    Raises:
        NotFoundError: nothing is called so.
    """
    with workspace.store.read() as db:
        return _view(workspace, db, find_target(workspace, db, name).asset)


def _view(workspace: Workspace, db: Reader, asset: Asset) -> AssetView:
    proofs = {proof.version_id: proof for proof in list_proofs(db, asset.id)}
    remarks = list_remarks(db, asset.id)
    versions = []
    for version in list_versions(db, asset.id):
        content = find_content(workspace, db, version)
        path = None if content is None else str(content.path)
        versions.append(VersionView(version, proofs.get(version.id), path, remarks.get(version.id, "")))
    notes = tuple(NoteView(note, tuple(list_replies(db, note.id))) for note in list_notes(db, asset.id))
    return AssetView(
        asset=asset,
        versions=tuple(versions),
        notes=notes,
        decisions=tuple(list_decisions(db, asset.id)),
        jobs=tuple(jobs.list_jobs(db, asset.id)),
        files=tuple(files.list_files_of_asset(db, asset.id)),
        locks=(locks := tuple(list_locks(db, asset.id))),
        locked=_locked(db, [one.version for one in versions]) if locks else {},
    )


def _locked(db: Reader, versions: list[Version]) -> dict[int, tuple[MaskSpec, ...]]:
    found = {}
    for version in versions:
        with suppress(InputError):
            found[version.id] = specs_on(db, version)
    return found


def find_notes(workspace: Workspace, name: str | None = None) -> list[Note]:
    """Notes of one asset, or of the workspace. Blocking.

    Raises:
        NotFoundError: nothing is called so.
    """
    with workspace.store.read() as db:
        return list_notes(db, None if name is None else find_target(workspace, db, name).asset.id)


def list_events(workspace: Workspace, name: str | None = None, limit: int = 500) -> list[Event]:
    """The newest events of one asset, or of the workspace, newest first. Blocking.

    Raises:
        NotFoundError: nothing is called so.
    """
    with workspace.store.read() as db:
        subject = None if name is None else find_target(workspace, db, name).asset.key
        return list_latest_events(db, limit, subject)


def list_set_aside(workspace: Workspace) -> list[File]:
    """Files that cannot be used, each with its reason. Blocking."""
    with workspace.store.read() as db:
        return files.list_in_state(db, FileState.QUARANTINED)


def last_mask(workspace: Workspace) -> MaskSpec | None:
    """The selection that the reviewer saved last. Blocking."""
    with workspace.store.read() as db:
        return find_last_mask(db, workspace.actor.name)


def flaws_by_use(workspace: Workspace) -> list[Flaw]:
    """Flaw tags, most used first, then in the order of the model. Blocking."""
    with workspace.store.read() as db:
        used = count_flaws(db)
    return sorted(Flaw, key=lambda flaw: -used.get(flaw, 0))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decode found in a version's bytes.

    Attributes:
        text: what the file says of itself, such as prompt and seed; outside text, by name.
    """

    size_bytes: int
    media_type: str
    pixel_sha256: str
    text: dict[str, str]


def load_facts(workspace: Workspace, sha256: str) -> Facts:
    """What is known of bytes. Blocking.

    Raises:
        NotFoundError: no version has them.
    """
    with workspace.store.read() as db:
        blob = get_blob(db, sha256)
    text = blob.facts.get("text", {})
    return Facts(
        blob.size_bytes,
        blob.media_type,
        blob.pixel_sha256,
        {str(name): str(value) for name, value in text.items()} if isinstance(text, dict) else {},
    )
