"""Why an asset is as it is: the chain note, mask, job, candidates, decision, bytes, as data and in words.

Only reads. Words are for people and not yet safe for a terminal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewtui.model.chains import chain_words, unfinished_words
from reviewtui.model.clock import ago
from reviewtui.model.entities import Decision, Job, Lock, Note
from reviewtui.model.lifecycle import JOB_FELL
from reviewtui.model.masks import MaskSpec
from reviewtui.services.bought import find_bought
from reviewtui.services.browse import AssetView, NoteView, VersionView, show_asset
from reviewtui.services.review import VERDICT_WORDS
from reviewtui.services.workspace import Workspace
from reviewtui.store.blobs import hash_stream
from reviewtui.store.history import DeliveredVersion, list_deliveries_of
from reviewtui.store.notes import get_mask


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that led to an asset's state.

    Attributes:
        masks: selections of its jobs and notes, by mask id.
        bytes_ok: whether the head's readable bytes have the hash of the version; None without a version or bytes.
    """

    view: AssetView
    masks: dict[int, MaskSpec]
    deliveries: tuple[DeliveredVersion, ...]
    bytes_ok: bool | None


def explain(workspace: Workspace, name: str) -> Chain:
    """The chain of the asset that a name stands for. Blocking: hashes the head's bytes.

    Raises:
        NotFoundError: nothing is called so.
    """
    view = show_asset(workspace, name)
    ids = {job.mask_id for job in view.jobs} | {n.note.mask_id for n in view.notes if n.note.mask_id is not None}
    with workspace.store.read() as db:
        masks = {mask_id: get_mask(db, mask_id).spec for mask_id in sorted(ids)}
        deliveries = tuple(list_deliveries_of(db, view.asset.id))
    return Chain(view, masks, deliveries, _head_bytes_ok(view.head))


def _head_bytes_ok(head: VersionView | None) -> bool | None:
    if head is None or head.path is None:
        return None
    try:
        with Path(head.path).open("rb") as stream:
            return hash_stream(stream) == head.version.sha256
    except OSError:
        return None


def tell(workspace: Workspace, chain: Chain) -> list[str]:
    """The chain as lines for people, oldest version first; indented lines belong to the line above."""
    view = chain.view
    status = view.asset.status.replace("_", " ")
    head = "no version yet" if view.asset.head_number is None else f"head v{view.asset.head_number}"
    lines = [f"{view.asset.key}: {status}, {head}"]
    for version in view.versions:
        lines += _version_lines(workspace, chain, version)
    lines += _byte_lines(chain)
    return lines


def _version_lines(workspace: Workspace, chain: Chain, version: VersionView) -> list[str]:
    view, number = chain.view, version.version.number
    lines = ["", _origin(view, version)]
    lines.append(f"  bytes {version.version.sha256}, {version.version.size}")
    if version.proof is not None:
        lines.append(f"  {_proof_words(version)}")
    if version.remark:
        lines.append(f"  the engine says: {version.remark}")
        bought = find_bought(view, version)
        if bought is not None:
            lines.append(f"  the pass bought: {', '.join(bought.words())}")
    lines += _work_lines(workspace, chain, number)
    for decision in view.decisions:
        if decision.version_number == number:
            lines.append(f"  {_decision_words(workspace, decision)}")
    for delivered in chain.deliveries:
        if delivered.number == number:
            lines.append(
                f"  delivery {delivered.delivery_id} by {delivered.author}, {delivered.created_at}:"
                f" {delivered.name} in {delivered.folder}"
            )
    return lines


def _work_lines(workspace: Workspace, chain: Chain, number: int) -> list[str]:
    """What was said of a version, locked on it and asked for."""
    view = chain.view
    lines: list[str] = []
    for note in view.notes:
        if note.note.version_number == number:
            lines += [f"  {line}" for line in _note_lines(workspace, note)]
    for lock in view.locks:
        if lock.version_number == number:
            lines.append(f"  {_lock_words(lock)}")
    for job in reversed(view.jobs):
        if job.version_number == number:
            lines += [f"  {line}" for line in _job_lines(chain, job)]
    return lines


def _origin(view: AssetView, shown: VersionView) -> str:
    version = shown.version
    head = " (head)" if version.id == view.asset.head_id else ""
    if version.source == "job":
        siblings = next((job.candidates for job in view.jobs if job.id == version.job_id), 1)
        which = f", candidate {(version.candidate or 0) + 1} of {siblings}" if siblings > 1 else ""
        parent = f"v{version.parent_number}" if version.parent_number is not None else "an unknown parent"
        return f"v{version.number}{head}: made from {parent} by job {version.job_id} ({version.op}{which})"
    files = [file.display for file in view.files if file.version_id == version.id]
    place = ", ".join(files) if files else "a file that is no longer there"
    parent = f", follows v{version.parent_number} ({version.asserted_by})" if version.parent_number is not None else ""
    return f"v{version.number}{head}: from {place}{parent}, {version.created_at}"


_PROOF_WORDS = (
    ("seam", "seam {}"),
    ("lf_drift", "drift {}"),
    ("tex1", "texture {}"),
    ("tex2", "and {}"),
    ("grain_ratio", "grain {}"),
    ("color_error", "color {}"),
    ("passes", "passes {}"),
    ("seconds", "{} s"),
)


def _proof_words(shown: VersionView) -> str:
    assert shown.proof is not None
    metrics = shown.proof.metrics
    parts = [f"{metrics.get('outside_changed_px')} px changed outside, soft edge {shown.proof.edge_px} px"]
    for key, words in _PROOF_WORDS:
        if metrics.get(key) is not None:
            parts.append(words.format(metrics[key]))
    return f"proof: {', '.join(parts)}; changed box {shown.proof.box}"


def _note_lines(workspace: Workspace, shown: NoteView) -> list[str]:
    note = shown.note
    where = f" on {_mask_words(note)}" if note.mask is not None else ""
    when = ago(note.created_at, workspace.clock.now())
    state = note.state.replace("_", " ")
    lines = [f"note {note.id} by {note.author}, {when} ago, {note.flaw} severity {note.severity}{where}: {state}"]
    lines += [f"  {line}" for line in note.text.splitlines()]
    for reply in shown.replies:
        lines.append(f"  {reply.author} answered: {' '.join(reply.text.split())}")
    return lines


def _mask_words(note: Note) -> str:
    assert note.mask is not None
    name = f"{note.mask.preset}, " if note.mask.preset else ""
    return f"mask {note.mask_id} ({name}{' + '.join(map(str, note.mask.regions))})"


def _lock_words(lock: Lock) -> str:
    why = f": {' '.join(lock.why.split())}" if lock.why else ""
    return f"lock {lock.id} by {lock.author} on {' + '.join(map(str, lock.spec.regions))}, for all that follows{why}"


def _job_lines(chain: Chain, job: Job) -> list[str]:
    note = f" for note {job.note_id}" if job.note_id is not None else ""
    spec = chain.masks.get(job.mask_id)
    regions = "" if spec is None else f" ({' + '.join(map(str, spec.regions))})"
    lines = [
        f"job {job.id} asked for by {job.requester}{note}: {job.verb} with {job.engine}, {job.tier}, seed {job.seed},"
        f" mask {job.mask_id}{regions}: {job.state}, attempt {job.attempt}"
    ]
    in_chain = chain_words(job.params)
    if in_chain:
        lines.append(f"  {' '.join(in_chain.split())}")
    if job.error:
        lines.append(f"  {job.error_kind}: {' '.join(job.error.split())}")
    missing = unfinished_words(job.params, job.version_number) if job.state in JOB_FELL else ""
    if missing:
        lines.append(f"  {missing}")
    if job.versions:
        made = ", ".join(f"v{number}" for number in job.versions)
        lines.append(f"  {job.candidates} asked for, made {made}")
    return lines


def evidence_words(evidence: Mapping[str, Any]) -> str:
    """How the bytes of a decision were shown, as ``acknowledged by the terminal in 43 ms, kitty, true, nearest 1:1``.

    Args:
        evidence: as it was stored; what it does not say is left out.
    """
    parts = [one for one in (evidence.get("shown"), evidence.get("protocol")) if isinstance(one, str)]
    if parts and isinstance(waited_ms := evidence.get("acknowledged_ms"), int):
        parts[0] += f" in {waited_ms} ms"
    if isinstance(truth := evidence.get("truth"), str):
        parts.append(truth)
    nearest = evidence.get("largest_scale", evidence.get("scale"))
    if isinstance(nearest, int | float) and nearest > 0:
        ratio = f"1:{nearest:.3g}" if nearest >= 1 else f"{1 / nearest:.3g}:1"
        parts.append(f"nearest {ratio}")
    if evidence.get("never_at_1_to_1") is True:
        parts.append("never at 1:1")
    return ", ".join(parts)


def _decision_words(workspace: Workspace, decision: Decision) -> str:
    when = f"{decision.created_at}, {ago(decision.created_at, workspace.clock.now())} ago"
    reason = f": {' '.join(decision.reason.split())}" if decision.reason else ""
    if decision.verdict is None:
        return f"decision {decision.id}: {decision.reviewer} took decision {decision.revokes_id} back ({when}){reason}"
    login = f" (login {decision.login})" if decision.login != decision.reviewer else ""
    words = evidence_words(decision.evidence)
    evidence = f", {words}" if words else ""
    back = " - taken back since" if decision.revoked else ""
    return (
        f"decision {decision.id}: {decision.reviewer}{login} {VERDICT_WORDS[decision.verdict]} bytes"
        f" {decision.sha256[:16]}… ({when}, policy {decision.policy_rev}{evidence}){reason}{back}"
    )


def _byte_lines(chain: Chain) -> list[str]:
    head = chain.view.head
    if head is None:
        return []
    words = {
        True: f"the head's bytes were read and have its hash: {head.path}",
        False: f"the head's bytes are NOT what its hash says: {head.path}",
        None: "the head's bytes cannot be read",
    }
    return ["", words[chain.bytes_ok]]
