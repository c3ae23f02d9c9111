"""The records of the review model as frozen values, one to one with what the store keeps."""

from dataclasses import dataclass, field
from typing import Any

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import (
    AssertedBy,
    AssetStatus,
    ErrorKind,
    FileState,
    Flaw,
    Hold,
    JobState,
    NoteState,
    Tier,
    Verb,
    Verdict,
)
from reviewtui.model.masks import MaskSpec


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        name: as claimed with ``--as``, or the login.
        login: of the operating system; never claimed.
    """

    name: str
    login: str

    @property
    def claimed(self) -> bool:
        """Whether the name is not the login, so that it is advisory."""
        return self.name != self.login


@dataclass(frozen=True, slots=True)
class Asset:
    """What is to be delivered; one key, never a file.

    Attributes:
        head_id: version under review, None while only ``found``.
        head_number: its number.
        retakes: distinct versions that ever received a refusal that was not revoked.
        notes_open: notes that are neither closed nor won't-fix.
        touched_seq: sequence number of the last event about it; orders by age.
    """

    id: int
    key: str
    status: AssetStatus
    hold: Hold | None
    head_id: int | None
    head_number: int | None
    versions: int
    retakes: int
    notes_open: int
    touched_seq: int
    created_at: str


@dataclass(frozen=True, slots=True)
class File:
    """One path seen on disk, relative to the workspace, as raw bytes beside its text for people."""

    id: int
    path: bytes
    display: str
    state: FileState
    asset_id: int | None
    version_id: int | None
    label: str | None
    reason: str | None
    size_bytes: int
    mtime_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Blob:
    """Exact bytes by name, and what a full decode found in them."""

    sha256: str
    pixel_sha256: str
    size_bytes: int
    size: PixelSize
    media_type: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """Immutable (asset, number) → one blob.

    Attributes:
        source: ``file`` or ``job``.
        label: number written in the file's name, such as ``v003``; shown, never used.
        parent_number: of the first parent within the asset, None when unknown.
        op: how it came from its parent: a verb, ``import``, or None.
        candidate: index among the results of its job.
    """

    id: int
    asset_id: int
    number: int
    sha256: str
    size: PixelSize
    source: str
    label: str | None
    job_id: int | None
    candidate: int | None
    parent_id: int | None
    parent_number: int | None
    op: str | None
    asserted_by: AssertedBy | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Mask:
    """A selection stored with the version that it was drawn on."""

    id: int
    version_id: int
    spec: MaskSpec


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a version, optionally on a region.

    Attributes:
        mask: what was marked, None for the whole version.
        job_id: last job that was asked to fix it.
        fixed_number: version number that claims to fix it.
    """

    id: int
    asset_id: int
    asset_key: str
    version_id: int
    version_number: int
    author: str
    text: str
    flaw: Flaw
    severity: int
    state: NoteState
    mask_id: int | None
    mask: MaskSpec | None
    job_id: int | None
    fixed_number: int | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in a note's thread."""

    id: int
    note_id: int
    author: str
    text: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Job:
    """A request to change pixels.

    Attributes:
        attempt: fence; raised by every claim.
        progress: 0.0 to 1.0, None before the first report.
        message: what it is doing, in words.
        versions: numbers of the versions that it made.
    """

    id: int
    asset_id: int
    asset_key: str
    version_id: int
    version_number: int
    note_id: int | None
    mask_id: int
    verb: Verb
    engine: str
    tier: Tier
    params: dict[str, Any]
    seed: int
    candidates: int
    requester: str
    state: JobState
    attempt: int
    max_attempts: int
    progress: float | None
    message: str
    cancel_requested_at: str | None
    error_kind: ErrorKind | None
    error: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What was measured after a fix, stored with the version that it made.

    Attributes:
        box: where pixels may differ from the parent.
        edge_px: how far the support reaches beyond the selection.
        metrics: keys of the command line's contract; unmeasured values are None.
        patch_sha256: blob of the pasted crop.
        alpha_sha256: blob of the paste's alpha over ``box``.
        raw_sha256: blob of the whole crop as a sampling engine answered it; None where the patch says it all.
        passes_sha256: blob of the model decodes of each pixel since the source; None when there were none.
    """

    version_id: int
    job_id: int
    box: PixelRect
    edge_px: int
    metrics: dict[str, Any]
    patch_sha256: str
    alpha_sha256: str
    raw_sha256: str | None = None
    passes_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A region whose pixels no job on any descendant of its version may change.

    Attributes:
        lifted_by: who took it away, None while it stands.
    """

    id: int
    asset_id: int
    version_id: int
    version_number: int
    spec: MaskSpec
    why: str
    author: str
    created_at: str
    lifted_by: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's verdict on (version, sha256), or the row that takes one back.

    Attributes:
        verdict: None for a revoking row.
        revokes_id: decision that this row takes back.
        revoked: whether a later row takes this one back.
        evidence: how the bytes were shown; JSON-ready.
    """

    id: int
    asset_id: int
    version_id: int
    version_number: int
    sha256: str
    verdict: Verdict | None
    reviewer: str
    login: str
    reason: str
    evidence: dict[str, Any]
    policy_rev: int
    revokes_id: int | None
    revoked: bool
    created_at: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Who must say what; a revision is never edited.

    Attributes:
        quorum: distinct people who must approve.
        allow_as: whether ``--as`` may claim another name.
        notes_closed_severity: notes of this severity or worse (3 is worst) must be closed; None for no such rule.
    """

    rev: int = 1
    stage: str = "final"
    quorum: int = 1
    roles: tuple[str, ...] = ()
    allow_as: bool = True
    notes_closed_severity: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One link of the hash chain."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    payload: dict[str, Any]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Autosaved text or region that nobody has submitted."""

    login: str
    scope: str
    body: dict[str, Any]
    updated_at: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the change feed: something about an entity is different, read it again."""

    seq: int
    entity: str
    entity_id: int
    kind: str
