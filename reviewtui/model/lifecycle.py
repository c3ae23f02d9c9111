"""Every state and token of the review model, and which transitions are legal.

The tables here are the single source: the store builds its CHECK constraints and guards from them.
"""

from enum import StrEnum


class FileState(StrEnum):
    """What is known of one path on disk."""

    SETTLING = "settling"  # seen, still being written
    FOUND = "found"  # stable, listed from stat and header
    PRESENT = "present"  # decoded and hashed: a version
    CHANGED = "changed"  # bytes differ from the version it was; re-registered next
    MISSING = "missing"  # gone from disk, confirmed by a full rescan of a healthy root
    QUARANTINED = "quarantined"  # cannot be used; the reason is stored in words


class AssetStatus(StrEnum):
    """Derived status of an asset; the first row of spec order that fits."""

    OMITTED = "omitted"
    HOLD = "hold"
    VOID = "void"
    DELIVERED = "delivered"
    APPROVED = "approved"
    FIXING = "fixing"
    TO_VERIFY = "to_verify"
    CHANGES_REQUESTED = "changes_requested"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    FOUND = "found"


class NoteState(StrEnum):
    """Life of a note."""

    OPEN = "open"
    FIXING = "fixing"
    TO_VERIFY = "to_verify"
    CLOSED = "closed"
    WONT_FIX = "wont_fix"
    REOPENED = "reopened"


class Flaw(StrEnum):
    """What is wrong with a region."""

    HAND = "hand"
    FACE = "face"
    TEXT = "text"
    LOGO = "logo"
    EDGE = "edge"
    SEAM = "seam"
    ARTIFACT = "artifact"
    LIGHT = "light"
    COLOR = "color"
    COMPOSITION = "composition"
    OTHER = "other"


class Verb(StrEnum):
    """What a fix does."""

    REMOVE = "remove"
    FIX = "fix"
    RESTYLE = "restyle"
    RECOLOR = "recolor"
    BACKGROUND = "background"
    OUTPAINT = "outpaint"
    UPSCALE = "upscale"
    OVERLAY = "overlay"
    # What the host composes from pixels that it has kept; no engine runs, so nobody asks for one of these by verb.
    REBASE = "rebase"
    CHERRY_PICK = "cherry_pick"
    REPASTE = "repaste"


class Tier(StrEnum):
    """How good and how slow a result is asked to be."""

    DRAFT = "draft"
    FINAL = "final"


class JobState(StrEnum):
    """Life of a job; ``cancel_requested_at`` is a column, not a state."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ErrorKind(StrEnum):
    """Why a job failed."""

    BAD_INPUT = "bad_input"
    ENGINE_MISSING = "engine_missing"
    OUT_OF_MEMORY = "out_of_memory"
    ENGINE_CRASHED = "engine_crashed"
    TIMED_OUT = "timed_out"
    WORKER_LOST = "worker_lost"
    LOCK_BROKEN = "lock_broken"
    INTERNAL = "internal"


class Verdict(StrEnum):
    """What a reviewer says of a version."""

    APPROVED = "approved"
    APPROVED_WITH_CHANGES = "approved_with_changes"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"


class AssertedBy(StrEnum):
    """How a lineage edge is known."""

    JOB = "job"
    METADATA = "metadata"
    FILENAME = "filename"
    USER = "user"


class Hold(StrEnum):
    """Statuses that a person sets by hand."""

    OMITTED = "omitted"
    HOLD = "hold"


JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),  # a person retries
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}

JOB_ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})
#: Ended without a result; a person may retry.
JOB_FELL = frozenset({JobState.FAILED, JobState.CANCELLED})

NOTE_TRANSITIONS: dict[NoteState, frozenset[NoteState]] = {
    NoteState.OPEN: frozenset({NoteState.FIXING, NoteState.CLOSED, NoteState.WONT_FIX, NoteState.TO_VERIFY}),
    NoteState.FIXING: frozenset(
        {NoteState.TO_VERIFY, NoteState.OPEN, NoteState.REOPENED, NoteState.CLOSED, NoteState.WONT_FIX}
    ),
    NoteState.TO_VERIFY: frozenset({NoteState.CLOSED, NoteState.REOPENED, NoteState.FIXING, NoteState.WONT_FIX}),
    NoteState.CLOSED: frozenset({NoteState.REOPENED, NoteState.TO_VERIFY, NoteState.OPEN}),
    NoteState.WONT_FIX: frozenset({NoteState.REOPENED, NoteState.OPEN, NoteState.TO_VERIFY}),
    NoteState.REOPENED: frozenset({NoteState.FIXING, NoteState.CLOSED, NoteState.WONT_FIX, NoteState.TO_VERIFY}),
}

NOTE_DONE = frozenset({NoteState.CLOSED, NoteState.WONT_FIX})

COMPOSED_VERBS = frozenset({Verb.REBASE, Verb.CHERRY_PICK, Verb.REPASTE})
ENGINE_VERBS = tuple(verb for verb in Verb if verb not in COMPOSED_VERBS)

REFUSALS = frozenset({Verdict.CHANGES_REQUESTED, Verdict.REJECTED})
APPROVALS = frozenset({Verdict.APPROVED, Verdict.APPROVED_WITH_CHANGES})


def may_job_move(old: JobState, new: JobState) -> bool:
    """Whether the job table allows the transition."""
    return new in JOB_TRANSITIONS[old]


def may_note_move(old: NoteState, new: NoteState) -> bool:
    """Whether the note table allows the transition."""
    return new in NOTE_TRANSITIONS[old]
