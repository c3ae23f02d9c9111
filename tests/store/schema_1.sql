BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'reviewtui','first_schema','2026-11-26 04:03:31.815866+00:00');
CREATE TABLE act (
  id INTEGER PRIMARY KEY,
  key TEXT UNIQUE,
  actor TEXT NOT NULL, login TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, undo TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
  result TEXT NOT NULL
) STRICT;
INSERT INTO "act" VALUES(1,NULL,'root','root','note','note 1 on a v1 and its fix, job 1','{"job": 1, "note": 1}',0,'{"job_id": 1, "mask_id": 1, "note_id": 1, "version_id": 1, "version_number": 1}');
CREATE TABLE asset (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (length(key) > 0),
  sort_key TEXT NOT NULL,
  head_id INTEGER REFERENCES version (id) DEFERRABLE INITIALLY DEFERRED,
  hold TEXT CHECK (hold IN ('omitted', 'hold')),
  created_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'found' CHECK (status IN ('omitted', 'hold', 'void', 'delivered', 'approved', 'fixing', 'to_verify', 'changes_requested', 'in_review', 'waiting', 'found')),
  retakes INTEGER NOT NULL DEFAULT 0,
  notes_open INTEGER NOT NULL DEFAULT 0,
  versions INTEGER NOT NULL DEFAULT 0,
  touched_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "asset" VALUES(1,'a','a',1,NULL,'2026-11-26T04:03:31.818Z','fixing',0,1,1,6);
CREATE TABLE blob (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  pixel_sha256 TEXT NOT NULL CHECK (length(pixel_sha256) = 64),
  size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
  width INTEGER NOT NULL CHECK (width > 0), height INTEGER NOT NULL CHECK (height > 0),
  media_type TEXT NOT NULL, facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "blob" VALUES('2b0ffb09c370febf0fd17bf59f96a161dfed7ce614efa6524b41bc4ab774a31a','8f18ad5710fef59b697dc0b4fc35dc51931a95c2993459d0df3d8d651099c0a4',5868,48,40,'image/png','{"bit_depth": 8, "frames": 1, "has_alpha": false, "has_icc": false, "mode": "RGB", "orientation": 1, "text": {}}');
CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  entity TEXT NOT NULL, entity_id INTEGER NOT NULL, kind TEXT NOT NULL
) STRICT;
INSERT INTO "change" VALUES(1,'policy',1,'insert');
INSERT INTO "change" VALUES(2,'asset',1,'insert');
INSERT INTO "change" VALUES(3,'file',1,'insert');
INSERT INTO "change" VALUES(4,'asset',1,'insert');
INSERT INTO "change" VALUES(5,'file',1,'update');
INSERT INTO "change" VALUES(6,'asset',1,'update');
INSERT INTO "change" VALUES(7,'asset',1,'update');
INSERT INTO "change" VALUES(8,'asset',1,'insert');
INSERT INTO "change" VALUES(9,'job',1,'insert');
INSERT INTO "change" VALUES(10,'asset',1,'update');
INSERT INTO "change" VALUES(11,'asset',1,'update');
CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  sha256 TEXT NOT NULL REFERENCES blob (sha256),
  verdict TEXT CHECK (verdict IN ('approved', 'approved_with_changes', 'changes_requested', 'rejected')),
  reviewer TEXT NOT NULL, login TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
  policy_rev INTEGER NOT NULL REFERENCES policy (rev),
  revokes_id INTEGER UNIQUE REFERENCES decision (id),
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL,
  CHECK ((verdict IS NULL) = (revokes_id IS NOT NULL))
) STRICT;
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
CREATE TABLE draft (
  login TEXT NOT NULL, scope TEXT NOT NULL, body TEXT NOT NULL, updated_at TEXT NOT NULL,
  PRIMARY KEY (login, scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;
INSERT INTO "event" VALUES(1,'2026-11-26T04:03:31.818Z','reviewtui','asset.found','a','{"asset":1}','0000000000000000000000000000000000000000000000000000000000000000','2d89048f0b83a9538544b7d819c6d6b4302c97270f142bb755bda3410af591ac');
INSERT INTO "event" VALUES(2,'2026-11-26T04:03:31.820Z','reviewtui','version.registered','a','{"asserted_by":null,"candidate":null,"job":null,"label":null,"number":1,"op":null,"parent":null,"sha256":"2b0ffb09c370febf0fd17bf59f96a161dfed7ce614efa6524b41bc4ab774a31a","version":1}','2d89048f0b83a9538544b7d819c6d6b4302c97270f142bb755bda3410af591ac','9718aa6027546a4a0ba7c7f47208d3190bf329738fd8611be9331a836b78d492');
INSERT INTO "event" VALUES(3,'2026-11-26T04:03:31.820Z','reviewtui','head.moved','a','{"from":null,"number":1,"version":1,"why":"first file"}','9718aa6027546a4a0ba7c7f47208d3190bf329738fd8611be9331a836b78d492','082e2cbff5f8903ea025a6dc76f4d5084e6b14ad479abf6fab45e9e1303d69d8');
INSERT INTO "event" VALUES(4,'2026-11-26T04:03:31.823Z','root','note.written','a','{"flaw":"other","mask":{"feather_px":null,"grow_px":0,"height":40,"invert":false,"preset":null,"regions":[[10,10,12,8]],"width":48},"note":1,"severity":2,"text":"flaw","version":1}','082e2cbff5f8903ea025a6dc76f4d5084e6b14ad479abf6fab45e9e1303d69d8','51d519cd248375cac09fb4a1fa56ffa74706805d3faebfe0a21dd4387fbac643');
INSERT INTO "event" VALUES(5,'2026-11-26T04:03:31.823Z','root','job.requested','a','{"candidates":1,"engine":"patch","job":1,"note":1,"seed":713259668,"tier":"final","verb":"remove","version":1}','51d519cd248375cac09fb4a1fa56ffa74706805d3faebfe0a21dd4387fbac643','dd154eb75153110a77b9106d47859bc98367d7ced442b8ca1c28ce363fe57752');
INSERT INTO "event" VALUES(6,'2026-11-26T04:03:31.823Z','root','note.moved','a','{"from":"open","job":1,"note":1,"to":"fixing","why":""}','dd154eb75153110a77b9106d47859bc98367d7ced442b8ca1c28ce363fe57752','ecd0923855a46fdaad7391d175b904a60ee709bf72345cf99ef2a67e2decaf36');
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  display TEXT NOT NULL,
  asset_id INTEGER REFERENCES asset (id),
  version_id INTEGER REFERENCES version (id),
  label TEXT,
  state TEXT NOT NULL CHECK (state IN ('settling', 'found', 'present', 'changed', 'missing', 'quarantined')),
  reason TEXT,
  size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL,
  CHECK (state <> 'present' OR version_id IS NOT NULL),
  CHECK (state <> 'quarantined' OR reason IS NOT NULL)
) STRICT;
INSERT INTO "file" VALUES(1,X'612E706E67','a.png',1,1,NULL,'present',NULL,5868,1795665811753867766,2146466,65024);
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  note_id INTEGER REFERENCES note (id),
  mask_id INTEGER NOT NULL REFERENCES mask (id),
  verb TEXT NOT NULL CHECK (verb IN ('remove', 'fix', 'restyle', 'recolor', 'background', 'outpaint', 'upscale', 'overlay')),
  engine TEXT NOT NULL,
  tier TEXT NOT NULL CHECK (tier IN ('draft', 'final')),
  params TEXT NOT NULL,
  seed INTEGER NOT NULL,
  candidates INTEGER NOT NULL CHECK (candidates BETWEEN 1 AND 64),
  priority INTEGER NOT NULL DEFAULT 0,
  requester TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 2,
  worker TEXT,
  lease_until REAL,
  progress REAL CHECK (progress BETWEEN 0 AND 1),
  message TEXT NOT NULL DEFAULT '',
  cancel_requested_at TEXT,
  error_kind TEXT CHECK (error_kind IN ('bad_input', 'engine_missing', 'out_of_memory', 'engine_crashed', 'timed_out', 'worker_lost', 'lock_broken', 'internal')),
  error TEXT,
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
  CHECK ((state = 'failed') = (error_kind IS NOT NULL)),
  CHECK (state <> 'failed' OR error IS NOT NULL),
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;
INSERT INTO "job" VALUES(1,1,1,1,1,'remove','patch','final','{"prompt": "flaw"}',713259668,1,0,'root','queued',0,2,NULL,NULL,NULL,'',NULL,NULL,NULL,'2026-11-26T04:03:31.823Z',NULL,NULL);
CREATE TABLE job_result (
  job_id INTEGER NOT NULL REFERENCES job (id),
  candidate INTEGER NOT NULL CHECK (candidate >= 0),
  version_id INTEGER NOT NULL REFERENCES version (id),
  PRIMARY KEY (job_id, candidate)
) STRICT, WITHOUT ROWID;
CREATE TABLE lineage (
  child_id INTEGER NOT NULL REFERENCES version (id),
  parent_id INTEGER NOT NULL REFERENCES version (id),
  op TEXT NOT NULL,
  mask_id INTEGER REFERENCES mask (id),
  job_id INTEGER REFERENCES job (id),
  params TEXT NOT NULL,
  asserted_by TEXT NOT NULL CHECK (asserted_by IN ('job', 'metadata', 'filename', 'user')),
  PRIMARY KEY (child_id, parent_id),
  CHECK (parent_id < child_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE mask (
  id INTEGER PRIMARY KEY,
  version_id INTEGER NOT NULL REFERENCES version (id),
  spec TEXT NOT NULL, name TEXT, author TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
INSERT INTO "mask" VALUES(1,1,'{"feather_px": null, "grow_px": 0, "height": 40, "invert": false, "preset": null, "regions": [[10, 10, 12, 8]], "width": 48}',NULL,'root','2026-11-26T04:03:31.823Z');
CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('root','65024:2146452');
CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  mask_id INTEGER REFERENCES mask (id),
  author TEXT NOT NULL, text TEXT NOT NULL,
  flaw TEXT NOT NULL CHECK (flaw IN ('hand', 'face', 'text', 'logo', 'edge', 'seam', 'artifact', 'light', 'color', 'composition', 'other')),
  severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 3),
  state TEXT NOT NULL CHECK (state IN ('open', 'fixing', 'to_verify', 'closed', 'wont_fix', 'reopened')),
  job_id INTEGER REFERENCES job (id),
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL
) STRICT;
INSERT INTO "note" VALUES(1,1,1,1,'root','flaw','other',2,'fixing',1,4,'2026-11-26T04:03:31.823Z');
CREATE TABLE policy (
  rev INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  quorum INTEGER NOT NULL CHECK (quorum >= 1),
  roles TEXT NOT NULL,
  allow_as INTEGER NOT NULL CHECK (allow_as IN (0, 1)),
  notes_closed_severity INTEGER CHECK (notes_closed_severity BETWEEN 1 AND 3),
  author TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
INSERT INTO "policy" VALUES(1,'final',1,'[]',1,NULL,'reviewtui','2026-11-26T04:03:31.815Z');
CREATE TABLE proof (
  version_id INTEGER PRIMARY KEY REFERENCES version (id),
  job_id INTEGER NOT NULL REFERENCES job (id),
  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  edge_px INTEGER NOT NULL CHECK (edge_px >= 0),
  metrics TEXT NOT NULL,
  patch_sha256 TEXT NOT NULL, alpha_sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE reply (
  id INTEGER PRIMARY KEY,
  note_id INTEGER NOT NULL REFERENCES note (id),
  author TEXT NOT NULL, text TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
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
INSERT INTO "version" VALUES(1,1,1,'2b0ffb09c370febf0fd17bf59f96a161dfed7ce614efa6524b41bc4ab774a31a','file',NULL,NULL,NULL,2,'2026-11-26T04:03:31.820Z');
CREATE TABLE voiding (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  why TEXT NOT NULL,
  event_seq INTEGER NOT NULL REFERENCES event (seq)
) STRICT;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX event_subject ON event (subject, seq);
CREATE INDEX asset_sort ON asset (sort_key, id);
CREATE INDEX asset_status_sort ON asset (status, sort_key, id);
CREATE INDEX version_sha256 ON version (sha256);
CREATE INDEX file_asset ON file (asset_id);
CREATE INDEX file_version ON file (version_id);
CREATE INDEX file_pending ON file (state, id) WHERE state IN ('found', 'changed', 'settling');
CREATE INDEX note_asset ON note (asset_id, id);
CREATE INDEX reply_note ON reply (note_id, id);
CREATE INDEX job_queued ON job (priority DESC, id) WHERE state = 'queued';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_asset ON job (asset_id, id);
CREATE INDEX job_requester ON job (requester, started_at);
CREATE INDEX decision_asset ON decision (asset_id, id);
CREATE INDEX decision_version ON decision (version_id, id);
CREATE INDEX voiding_asset ON voiding (asset_id, event_seq);
CREATE INDEX delivery_item_version ON delivery_item (version_id);
CREATE INDEX act_actor ON act (actor, login, id);
CREATE VIEW standing AS
SELECT d.* FROM decision d
WHERE d.verdict IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision r WHERE r.revokes_id = d.id);
CREATE VIEW head_verdict AS
SELECT a.id AS asset_id,
  (SELECT count(*) FROM standing s WHERE s.version_id = a.head_id) AS decisions,
  (SELECT count(*) FROM standing s WHERE s.version_id = a.head_id
    AND s.verdict IN ('changes_requested', 'rejected')) AS refusals,
  (SELECT count(DISTINCT s.reviewer) FROM standing s WHERE s.version_id = a.head_id
    AND s.verdict IN ('approved', 'approved_with_changes')) AS approvers,
  (SELECT coalesce(max(s.event_seq), 0) FROM standing s WHERE s.version_id = a.head_id) AS decided_seq,
  (SELECT s.policy_rev FROM standing s WHERE s.version_id = a.head_id ORDER BY s.event_seq DESC LIMIT 1)
    AS policy_rev
FROM asset a;
CREATE VIEW head_approval AS
SELECT v.*, (v.decisions > 0 AND v.refusals = 0
  AND v.approvers >= (SELECT p.quorum FROM policy p WHERE p.rev = v.policy_rev)
  AND NOT EXISTS (SELECT 1 FROM note n, policy p
    WHERE p.rev = v.policy_rev AND n.asset_id = v.asset_id AND p.notes_closed_severity IS NOT NULL
      AND n.severity >= p.notes_closed_severity AND n.state NOT IN ('closed', 'wont_fix'))) AS approved
FROM head_verdict v;
CREATE VIEW asset_status AS
SELECT a.id AS asset_id,
  CASE
    WHEN a.hold IS NOT NULL THEN a.hold
    WHEN coalesce((SELECT max(x.event_seq) FROM voiding x WHERE x.asset_id = a.id), 0) > h.decided_seq THEN 'void'
    WHEN h.approved AND EXISTS (SELECT 1 FROM delivery_item i WHERE i.version_id = a.head_id) THEN 'delivered'
    WHEN h.approved THEN 'approved'
    WHEN EXISTS (SELECT 1 FROM job j WHERE j.asset_id = a.id AND j.state IN ('queued', 'running')) THEN 'fixing'
    WHEN EXISTS (SELECT 1 FROM version v JOIN job j ON j.id = v.job_id JOIN note n ON n.id = j.note_id
      WHERE v.id = a.head_id AND n.state NOT IN ('closed', 'wont_fix')) THEN 'to_verify'
    WHEN h.refusals > 0 THEN 'changes_requested'
    WHEN h.decisions > 0 THEN 'in_review'
    WHEN a.head_id IS NOT NULL THEN 'waiting'
    ELSE 'found'
  END AS status,
  (SELECT count(DISTINCT s.version_id) FROM standing s WHERE s.asset_id = a.id
    AND s.verdict IN ('changes_requested', 'rejected')) AS retakes,
  (SELECT count(*) FROM note n WHERE n.asset_id = a.id AND n.state NOT IN ('closed', 'wont_fix')) AS notes_open,
  (SELECT count(*) FROM version v WHERE v.asset_id = a.id) AS versions
FROM asset a JOIN head_approval h ON h.asset_id = a.id;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM event WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER blob_no_update BEFORE UPDATE ON blob BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END;
CREATE TRIGGER blob_no_delete BEFORE DELETE ON blob BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END;
CREATE TRIGGER blob_no_replace BEFORE INSERT ON blob WHEN EXISTS (SELECT 1 FROM blob WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END;
CREATE TRIGGER version_no_update BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'version is append-only'); END;
CREATE TRIGGER version_no_delete BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'version is append-only'); END;
CREATE TRIGGER version_no_replace BEFORE INSERT ON version WHEN EXISTS (SELECT 1 FROM version WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM version WHERE asset_id = NEW.asset_id AND number = NEW.number) OR EXISTS (SELECT 1 FROM version WHERE asset_id = NEW.asset_id AND sha256 = NEW.sha256) OR EXISTS (SELECT 1 FROM version WHERE job_id = NEW.job_id AND candidate = NEW.candidate)
BEGIN SELECT RAISE(ABORT, 'version is append-only'); END;
CREATE TRIGGER lineage_no_update BEFORE UPDATE ON lineage BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;
CREATE TRIGGER lineage_no_delete BEFORE DELETE ON lineage BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;
CREATE TRIGGER lineage_no_replace BEFORE INSERT ON lineage WHEN EXISTS (SELECT 1 FROM lineage WHERE child_id = NEW.child_id AND parent_id = NEW.parent_id)
BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision WHEN EXISTS (SELECT 1 FROM decision WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM decision WHERE revokes_id = NEW.revokes_id)
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_no_replace BEFORE INSERT ON policy WHEN EXISTS (SELECT 1 FROM policy WHERE rev = NEW.rev)
BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER delivery_no_update BEFORE UPDATE ON delivery BEGIN SELECT RAISE(ABORT, 'delivery is append-only'); END;
CREATE TRIGGER delivery_no_delete BEFORE DELETE ON delivery BEGIN SELECT RAISE(ABORT, 'delivery is append-only'); END;
CREATE TRIGGER delivery_no_replace BEFORE INSERT ON delivery WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'delivery is append-only'); END;
CREATE TRIGGER delivery_item_no_update BEFORE UPDATE ON delivery_item BEGIN SELECT RAISE(ABORT, 'delivery_item is append-only'); END;
CREATE TRIGGER delivery_item_no_delete BEFORE DELETE ON delivery_item BEGIN SELECT RAISE(ABORT, 'delivery_item is append-only'); END;
CREATE TRIGGER delivery_item_no_replace BEFORE INSERT ON delivery_item WHEN EXISTS (SELECT 1 FROM delivery_item WHERE delivery_id = NEW.delivery_id AND version_id = NEW.version_id)
BEGIN SELECT RAISE(ABORT, 'delivery_item is append-only'); END;
CREATE TRIGGER voiding_no_update BEFORE UPDATE ON voiding BEGIN SELECT RAISE(ABORT, 'voiding is append-only'); END;
CREATE TRIGGER voiding_no_delete BEFORE DELETE ON voiding BEGIN SELECT RAISE(ABORT, 'voiding is append-only'); END;
CREATE TRIGGER voiding_no_replace BEFORE INSERT ON voiding WHEN EXISTS (SELECT 1 FROM voiding WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'voiding is append-only'); END;
CREATE TRIGGER proof_no_update BEFORE UPDATE ON proof BEGIN SELECT RAISE(ABORT, 'proof is append-only'); END;
CREATE TRIGGER proof_no_delete BEFORE DELETE ON proof BEGIN SELECT RAISE(ABORT, 'proof is append-only'); END;
CREATE TRIGGER proof_no_replace BEFORE INSERT ON proof WHEN EXISTS (SELECT 1 FROM proof WHERE version_id = NEW.version_id)
BEGIN SELECT RAISE(ABORT, 'proof is append-only'); END;
CREATE TRIGGER job_result_no_update BEFORE UPDATE ON job_result BEGIN SELECT RAISE(ABORT, 'job_result is append-only'); END;
CREATE TRIGGER job_result_no_delete BEFORE DELETE ON job_result BEGIN SELECT RAISE(ABORT, 'job_result is append-only'); END;
CREATE TRIGGER job_result_no_replace BEFORE INSERT ON job_result WHEN EXISTS (SELECT 1 FROM job_result WHERE job_id = NEW.job_id AND candidate = NEW.candidate)
BEGIN SELECT RAISE(ABORT, 'job_result is append-only'); END;
CREATE TRIGGER mask_no_update BEFORE UPDATE ON mask BEGIN SELECT RAISE(ABORT, 'mask is append-only'); END;
CREATE TRIGGER mask_no_delete BEFORE DELETE ON mask BEGIN SELECT RAISE(ABORT, 'mask is append-only'); END;
CREATE TRIGGER mask_no_replace BEFORE INSERT ON mask WHEN EXISTS (SELECT 1 FROM mask WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'mask is append-only'); END;
CREATE TRIGGER reply_no_update BEFORE UPDATE ON reply BEGIN SELECT RAISE(ABORT, 'reply is append-only'); END;
CREATE TRIGGER reply_no_delete BEFORE DELETE ON reply BEGIN SELECT RAISE(ABORT, 'reply is append-only'); END;
CREATE TRIGGER reply_no_replace BEFORE INSERT ON reply WHEN EXISTS (SELECT 1 FROM reply WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'reply is append-only'); END;
CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event)
  OR NEW.prev_hash <> coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1),
       '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN SELECT RAISE(ABORT, 'an event follows its predecessor'); END;
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
CREATE TRIGGER job_first_state BEFORE INSERT ON job WHEN NEW.state <> 'queued'
BEGIN SELECT RAISE(ABORT, 'a job begins as queued'); END;
CREATE TRIGGER job_moves BEFORE UPDATE OF state ON job WHEN NEW.state <> OLD.state AND NOT ((OLD.state = 'queued' AND NEW.state IN ('cancelled', 'failed', 'running')) OR (OLD.state = 'running' AND NEW.state IN ('cancelled', 'failed', 'queued', 'succeeded')) OR (OLD.state = 'failed' AND NEW.state IN ('queued')) OR (OLD.state = 'cancelled' AND NEW.state IN ('queued')))
BEGIN SELECT RAISE(ABORT, 'no such job transition'); END;
CREATE TRIGGER job_no_delete BEFORE DELETE ON job BEGIN SELECT RAISE(ABORT, 'a job stays'); END;
CREATE TRIGGER note_first_state BEFORE INSERT ON note WHEN NEW.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a note begins as open'); END;
CREATE TRIGGER note_moves BEFORE UPDATE OF state ON note WHEN NEW.state <> OLD.state AND NOT ((OLD.state = 'open' AND NEW.state IN ('closed', 'fixing', 'to_verify', 'wont_fix')) OR (OLD.state = 'fixing' AND NEW.state IN ('closed', 'open', 'reopened', 'to_verify', 'wont_fix')) OR (OLD.state = 'to_verify' AND NEW.state IN ('closed', 'fixing', 'reopened', 'wont_fix')) OR (OLD.state = 'closed' AND NEW.state IN ('open', 'reopened', 'to_verify')) OR (OLD.state = 'wont_fix' AND NEW.state IN ('open', 'reopened', 'to_verify')) OR (OLD.state = 'reopened' AND NEW.state IN ('closed', 'fixing', 'to_verify', 'wont_fix')))
BEGIN SELECT RAISE(ABORT, 'no such note transition'); END;
CREATE TRIGGER note_no_delete BEFORE DELETE ON note BEGIN SELECT RAISE(ABORT, 'a note stays'); END;
CREATE TRIGGER feed_asset_insert AFTER INSERT ON asset BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.id, 'insert'); END;
CREATE TRIGGER feed_asset_update AFTER UPDATE ON asset BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.id, 'update'); END;
CREATE TRIGGER feed_version_insert AFTER INSERT ON version BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'insert'); END;
CREATE TRIGGER feed_version_update AFTER UPDATE ON version BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'update'); END;
CREATE TRIGGER feed_note_insert AFTER INSERT ON note BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'insert'); END;
CREATE TRIGGER feed_note_update AFTER UPDATE ON note BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'update'); END;
CREATE TRIGGER feed_decision_insert AFTER INSERT ON decision BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'insert'); END;
CREATE TRIGGER feed_decision_update AFTER UPDATE ON decision BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('asset', NEW.asset_id, 'update'); END;
CREATE TRIGGER feed_job_insert AFTER INSERT ON job BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('job', NEW.id, 'insert'); END;
CREATE TRIGGER feed_job_update AFTER UPDATE ON job BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('job', NEW.id, 'update'); END;
CREATE TRIGGER feed_file_insert AFTER INSERT ON file BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('file', NEW.id, 'insert'); END;
CREATE TRIGGER feed_file_update AFTER UPDATE ON file BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('file', NEW.id, 'update'); END;
CREATE TRIGGER feed_reply_insert AFTER INSERT ON reply BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('note', NEW.note_id, 'insert'); END;
CREATE TRIGGER feed_reply_update AFTER UPDATE ON reply BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('note', NEW.note_id, 'update'); END;
CREATE TRIGGER feed_delivery_insert AFTER INSERT ON delivery BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('delivery', NEW.id, 'insert'); END;
CREATE TRIGGER feed_delivery_update AFTER UPDATE ON delivery BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('delivery', NEW.id, 'update'); END;
CREATE TRIGGER feed_policy_insert AFTER INSERT ON policy BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('policy', NEW.rev, 'insert'); END;
CREATE TRIGGER feed_policy_update AFTER UPDATE ON policy BEGIN INSERT INTO change (entity, entity_id, kind) VALUES ('policy', NEW.rev, 'update'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('change',11);
COMMIT;
PRAGMA user_version=1;
