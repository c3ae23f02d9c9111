"""Status of an asset as one SQL view: the first of the two independent computations.

It must not be derived from ``model.history``; a property test holds both against each other.
"""

STATUS_VIEW = """
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
"""
