"""The schema as text: STRICT tables, CHECKs and guards made from the tables in ``model.lifecycle``.

Append-only tables carry a guard before UPDATE and DELETE and one before INSERT: without it an INSERT OR REPLACE would
slip past where ``recursive_triggers`` is off.
"""

from collections.abc import Iterable

from reviewtui.model.lifecycle import (
    JOB_TRANSITIONS,
    NOTE_TRANSITIONS,
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
from reviewtui.store.status_view import STATUS_VIEW


def tokens(values: Iterable[str]) -> str:
    """Values as the right side of an IN."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


TABLES = f"""
CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX event_subject ON event (subject, seq);

CREATE TABLE blob (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  pixel_sha256 TEXT NOT NULL CHECK (length(pixel_sha256) = 64),
  size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
  width INTEGER NOT NULL CHECK (width > 0), height INTEGER NOT NULL CHECK (height > 0),
  media_type TEXT NOT NULL, facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE asset (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (length(key) > 0),
  sort_key TEXT NOT NULL,
  head_id INTEGER REFERENCES version (id) DEFERRABLE INITIALLY DEFERRED,
  hold TEXT CHECK (hold IN {tokens(Hold)}),
  created_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'found' CHECK (status IN {tokens(AssetStatus)}),
  retakes INTEGER NOT NULL DEFAULT 0,
  notes_open INTEGER NOT NULL DEFAULT 0,
  versions INTEGER NOT NULL DEFAULT 0,
  touched_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX asset_sort ON asset (sort_key, id);
CREATE INDEX asset_status_sort ON asset (status, sort_key, id);

CREATE TABLE version (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  sha256 TEXT NOT NULL REFERENCES blob (sha256),
  source TEXT NOT NULL CHECK (source IN ('file', 'job')),
  label TEXT,
  job_id INTEGER REFERENCES job (id),
  candidate INTEGER CHECK (candidate >= 0),
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL,
  UNIQUE (asset_id, number), UNIQUE (asset_id, sha256), UNIQUE (job_id, candidate),
  CHECK ((source = 'job') = (job_id IS NOT NULL)),
  CHECK ((job_id IS NULL) = (candidate IS NULL))
) STRICT;
CREATE INDEX version_sha256 ON version (sha256);

CREATE TABLE lineage (
  child_id INTEGER NOT NULL REFERENCES version (id),
  parent_id INTEGER NOT NULL REFERENCES version (id),
  op TEXT NOT NULL,
  mask_id INTEGER REFERENCES mask (id),
  job_id INTEGER REFERENCES job (id),
  params TEXT NOT NULL,
  asserted_by TEXT NOT NULL CHECK (asserted_by IN {tokens(AssertedBy)}),
  PRIMARY KEY (child_id, parent_id),
  CHECK (parent_id < child_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  display TEXT NOT NULL,
  asset_id INTEGER REFERENCES asset (id),
  version_id INTEGER REFERENCES version (id),
  label TEXT,
  state TEXT NOT NULL CHECK (state IN {tokens(FileState)}),
  reason TEXT,
  size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL,
  CHECK (state <> 'present' OR version_id IS NOT NULL),
  CHECK (state <> 'quarantined' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX file_asset ON file (asset_id);
CREATE INDEX file_version ON file (version_id);
CREATE INDEX file_pending ON file (state, id) WHERE state IN ('found', 'changed', 'settling');

CREATE TABLE mask (
  id INTEGER PRIMARY KEY,
  version_id INTEGER NOT NULL REFERENCES version (id),
  spec TEXT NOT NULL, name TEXT, author TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  mask_id INTEGER REFERENCES mask (id),
  author TEXT NOT NULL, text TEXT NOT NULL,
  flaw TEXT NOT NULL CHECK (flaw IN {tokens(Flaw)}),
  severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 3),
  state TEXT NOT NULL CHECK (state IN {tokens(NoteState)}),
  job_id INTEGER REFERENCES job (id),
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX note_asset ON note (asset_id, id);

CREATE TABLE reply (
  id INTEGER PRIMARY KEY,
  note_id INTEGER NOT NULL REFERENCES note (id),
  author TEXT NOT NULL, text TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE INDEX reply_note ON reply (note_id, id);

CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  note_id INTEGER REFERENCES note (id),
  mask_id INTEGER NOT NULL REFERENCES mask (id),
  verb TEXT NOT NULL CHECK (verb IN {tokens(Verb)}),
  engine TEXT NOT NULL,
  tier TEXT NOT NULL CHECK (tier IN {tokens(Tier)}),
  params TEXT NOT NULL,
  seed INTEGER NOT NULL,
  candidates INTEGER NOT NULL CHECK (candidates BETWEEN 1 AND 64),
  priority INTEGER NOT NULL DEFAULT 0,
  requester TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN {tokens(JobState)}),
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 2,
  worker TEXT,
  lease_until REAL,
  progress REAL CHECK (progress BETWEEN 0 AND 1),
  message TEXT NOT NULL DEFAULT '',
  cancel_requested_at TEXT,
  error_kind TEXT CHECK (error_kind IN {tokens(ErrorKind)}),
  error TEXT,
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
  CHECK ((state = 'failed') = (error_kind IS NOT NULL)),
  CHECK (state <> 'failed' OR error IS NOT NULL),
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;
CREATE INDEX job_queued ON job (priority DESC, id) WHERE state = 'queued';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_asset ON job (asset_id, id);
CREATE INDEX job_requester ON job (requester, started_at);

CREATE TABLE job_result (
  job_id INTEGER NOT NULL REFERENCES job (id),
  candidate INTEGER NOT NULL CHECK (candidate >= 0),
  version_id INTEGER NOT NULL REFERENCES version (id),
  PRIMARY KEY (job_id, candidate)
) STRICT, WITHOUT ROWID;

CREATE TABLE proof (
  version_id INTEGER PRIMARY KEY REFERENCES version (id),
  job_id INTEGER NOT NULL REFERENCES job (id),
  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  edge_px INTEGER NOT NULL CHECK (edge_px >= 0),
  metrics TEXT NOT NULL,
  patch_sha256 TEXT NOT NULL, alpha_sha256 TEXT NOT NULL
) STRICT;

CREATE TABLE policy (
  rev INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  quorum INTEGER NOT NULL CHECK (quorum >= 1),
  roles TEXT NOT NULL,
  allow_as INTEGER NOT NULL CHECK (allow_as IN (0, 1)),
  notes_closed_severity INTEGER CHECK (notes_closed_severity BETWEEN 1 AND 3),
  author TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  sha256 TEXT NOT NULL REFERENCES blob (sha256),
  verdict TEXT CHECK (verdict IN {tokens(Verdict)}),
  reviewer TEXT NOT NULL, login TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
  policy_rev INTEGER NOT NULL REFERENCES policy (rev),
  revokes_id INTEGER UNIQUE REFERENCES decision (id),
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL,
  CHECK ((verdict IS NULL) = (revokes_id IS NOT NULL))
) STRICT;
CREATE INDEX decision_asset ON decision (asset_id, id);
CREATE INDEX decision_version ON decision (version_id, id);

CREATE TABLE voiding (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  why TEXT NOT NULL,
  event_seq INTEGER NOT NULL REFERENCES event (seq)
) STRICT;
CREATE INDEX voiding_asset ON voiding (asset_id, event_seq);

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  folder TEXT NOT NULL, manifest_sha256 TEXT NOT NULL, head_hash TEXT NOT NULL, author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE delivery_item (
  delivery_id INTEGER NOT NULL REFERENCES delivery (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  sha256 TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (delivery_id, version_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_item_version ON delivery_item (version_id);

CREATE TABLE act (
  id INTEGER PRIMARY KEY,
  key TEXT UNIQUE,
  actor TEXT NOT NULL, login TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, undo TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
  result TEXT NOT NULL
) STRICT;
CREATE INDEX act_actor ON act (actor, login, id);

CREATE TABLE draft (
  login TEXT NOT NULL, scope TEXT NOT NULL, body TEXT NOT NULL, updated_at TEXT NOT NULL,
  PRIMARY KEY (login, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  entity TEXT NOT NULL, entity_id INTEGER NOT NULL, kind TEXT NOT NULL
) STRICT;
"""

APPEND_ONLY = (
    "event", "blob", "version", "lineage", "decision", "policy", "delivery", "delivery_item", "voiding",
    "proof", "job_result", "mask", "reply",
)  # fmt: skip

_PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    "event": ("seq",),
    "blob": ("sha256",),
    "lineage": ("child_id", "parent_id"),
    "policy": ("rev",),
    "unlock": ("lock_id",),
    "delivery_item": ("delivery_id", "version_id"),
    "proof": ("version_id",),
    "job_result": ("job_id", "candidate"),
}

_UNIQUE_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "event": (("hash",),),
    "version": (("asset_id", "number"), ("asset_id", "sha256"), ("job_id", "candidate")),
    "decision": (("revokes_id",),),
}


def append_only(table: str) -> str:
    """Guards that let rows be added and nothing else."""
    keys = (_PRIMARY_KEYS.get(table, ("id",)), *_UNIQUE_KEYS.get(table, ()))
    taken = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(f'{column} = NEW.{column}' for column in key)})"
        for key in keys
    )
    words = f"{table} is append-only"
    return f"""
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END;
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken}
BEGIN SELECT RAISE(ABORT, '{words}'); END;
"""


def _transition_guard(table: str, transitions: dict[str, frozenset[str]], first: str) -> str:
    legal = " OR ".join(
        f"(OLD.state = '{old}' AND NEW.state IN {tokens(sorted(new))})" for old, new in transitions.items() if new
    )
    return f"""
CREATE TRIGGER {table}_first_state BEFORE INSERT ON {table} WHEN NEW.state <> '{first}'
BEGIN SELECT RAISE(ABORT, 'a {table} begins as {first}'); END;
CREATE TRIGGER {table}_moves BEFORE UPDATE OF state ON {table} WHEN NEW.state <> OLD.state AND NOT ({legal})
BEGIN SELECT RAISE(ABORT, 'no such {table} transition'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'a {table} stays'); END;
"""


_EVENT_GUARD = """
CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event)
  OR NEW.prev_hash <> coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1),
       '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN SELECT RAISE(ABORT, 'an event follows its predecessor'); END;
"""

_JOB_GUARDS = """
CREATE TRIGGER job_cancelled_on_request BEFORE UPDATE OF state ON job
WHEN NEW.state = 'cancelled' AND NEW.cancel_requested_at IS NULL
BEGIN SELECT RAISE(ABORT, 'a job is cancelled only on request'); END;
CREATE TRIGGER job_attempt_only_grows BEFORE UPDATE OF attempt ON job WHEN NEW.attempt < OLD.attempt
BEGIN SELECT RAISE(ABORT, 'an attempt only grows'); END;
CREATE TRIGGER job_request_is_fixed BEFORE UPDATE OF asset_id, version_id, note_id, mask_id, verb, engine, tier,
  params, seed, candidates, requester, created_at ON job
BEGIN SELECT RAISE(ABORT, 'what a job was asked for does not change'); END;
CREATE TRIGGER note_text_is_fixed BEFORE UPDATE OF asset_id, version_id, mask_id, author, text, created_at ON note
BEGIN SELECT RAISE(ABORT, 'what a note says does not change'); END;
CREATE TRIGGER asset_key_is_fixed BEFORE UPDATE OF key, created_at ON asset
BEGIN SELECT RAISE(ABORT, 'the key of an asset does not change'); END;
CREATE TRIGGER asset_no_delete BEFORE DELETE ON asset BEGIN SELECT RAISE(ABORT, 'an asset stays'); END;
CREATE TRIGGER decision_of_its_bytes BEFORE INSERT ON decision
WHEN NOT EXISTS (SELECT 1 FROM version
  WHERE id = NEW.version_id AND asset_id = NEW.asset_id AND sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'a decision is on the bytes of its version'); END;
"""


def feed(table: str, entity: str, entity_id: str) -> str:
    """Triggers that tell the change feed of a table's rows."""
    return "".join(
        f"CREATE TRIGGER feed_{table}_{kind} AFTER {kind.upper()} ON {table} BEGIN"
        f" INSERT INTO change (entity, entity_id, kind) VALUES ('{entity}', NEW.{entity_id}, '{kind}'); END;\n"
        for kind in ("insert", "update")
    )


def schema_sql() -> str:
    """All statements of schema revision 1."""
    guards = "".join(append_only(table) for table in APPEND_ONLY)
    moves = _transition_guard("job", {str(k): v for k, v in JOB_TRANSITIONS.items()}, JobState.QUEUED)
    moves += _transition_guard("note", {str(k): v for k, v in NOTE_TRANSITIONS.items()}, NoteState.OPEN)
    feeds = "".join(
        feed(table, entity, column)
        for table, entity, column in (
            ("asset", "asset", "id"),
            ("version", "asset", "asset_id"),
            ("note", "asset", "asset_id"),
            ("decision", "asset", "asset_id"),
            ("job", "job", "id"),
            ("file", "file", "id"),
            ("reply", "note", "note_id"),
            ("delivery", "delivery", "id"),
            ("policy", "policy", "rev"),
        )
    )
    return TABLES + STATUS_VIEW + guards + _EVENT_GUARD + _JOB_GUARDS + moves + feeds
