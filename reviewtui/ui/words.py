"""Facts in the user's words, as content for panes; pure, so that tests read them."""

from datetime import datetime
from textwrap import wrap
from typing import Any

from textual.content import Content

from reviewtui.model.chains import unfinished_words
from reviewtui.model.clock import ago
from reviewtui.model.entities import Decision, Event, Job, Note, Proof
from reviewtui.model.lifecycle import JOB_FELL, NOTE_DONE, JobState, Verdict
from reviewtui.model.text import safe_lines
from reviewtui.services.browse import AssetView, NoteView, Overview, VersionView
from reviewtui.ui.text import clip_cells, line, styled, text
from reviewtui.ui.theme import JOB_LOOK, NOTE_LOOK, VERDICT_LOOK

_LINES_OF_NOTE = 6

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def number_mark(index: int) -> str:
    """Number of a note on the picture, from 0: circled while there are circles."""
    return CIRCLED[index] if index < len(CIRCLED) else f"({index + 1})"


def version_rows(view: AssetView, shown: int | None, now: datetime) -> list[Content]:
    """The version tree: children under their parents, the head marked, candidates as siblings."""
    children: dict[int | None, list[VersionView]] = {}
    numbers = {one.version.number for one in view.versions}
    for one in view.versions:
        parent = one.version.parent_number
        children.setdefault(parent if parent in numbers else None, []).append(one)
    rows: list[Content] = []

    def add(parent: int | None, indent: str) -> None:
        siblings = children.get(parent, [])
        for index, one in enumerate(siblings):
            last = index == len(siblings) - 1
            single = len(siblings) == 1
            branch = "" if parent is None or single else ("└ " if last else "├ ")
            rows.append(_version_row(view, one, indent + branch, shown, now))
            add(one.version.number, indent + ("" if single or parent is None else ("  " if last else "│ ")))

    add(None, "")
    return rows


def _version_row(view: AssetView, one: VersionView, indent: str, shown: int | None, now: datetime) -> Content:
    version = one.version
    cursor = "▌" if version.number == shown else " "
    name = f"v{version.number}"
    head = version.id == view.asset.head_id
    how = version.op if version.source == "job" and version.op else (version.label or "file")
    if version.candidate is not None and any(
        other.version.job_id == version.job_id and other.version.id != version.id for other in view.versions
    ):
        how = f"{how} {chr(ord('a') + version.candidate)}"
    verdict = _verdict_of(view, version.id)
    parts = [
        styled(cursor, "$role-accent"),
        styled(indent, "$role-rule"),
        styled(name, "bold $role-text" if head else "$role-text"),
        styled(" ◆" if head else "", "$role-accent"),
        styled(f" {how}", "$role-muted"),
        Content(" ") if verdict else Content(""),
        *([styled(VERDICT_LOOK[verdict].glyph, VERDICT_LOOK[verdict].style)] if verdict else []),
        styled(" bytes are gone" if one.path is None else "", "$role-void"),
    ]
    return Content("").join(parts)


def _verdict_of(view: AssetView, version_id: int) -> Verdict | None:
    standing = [
        decision.verdict
        for decision in view.decisions
        if decision.version_id == version_id and decision.verdict is not None and not decision.revoked
    ]
    order = (Verdict.REJECTED, Verdict.CHANGES_REQUESTED, Verdict.APPROVED_WITH_CHANGES, Verdict.APPROVED)
    return next((verdict for verdict in order if verdict in standing), None)


def note_rows(
    view: AssetView,
    focus: int | None,
    now: datetime,
    *,
    threads: bool,
    width_cells: int = 60,
    chosen: frozenset[int] = frozenset(),
) -> tuple[list[Content], int | None]:
    """Notes with their numbers, and the row of the one in focus.

    Args:
        focus: id of the note in focus.
        threads: whether each note shows its text and replies on rows of their own.
        width_cells: of the pane; longer text is wrapped.
        chosen: ids of those whose fixes are sent together.
    """
    rows: list[Content] = []
    focus_row: int | None = None
    for index, one in enumerate(view.notes):
        note = one.note
        if note.id == focus:
            focus_row = len(rows)
        rows.append(_note_row(index, note, note.id == focus, inline=not threads, chosen=note.id in chosen))
        if threads:
            rows.extend(_thread_rows(one, now, max(width_cells - 5, 10)))
    return rows, focus_row


def _note_row(index: int, note: Note, focused: bool, *, inline: bool, chosen: bool) -> Content:
    look = NOTE_LOOK[note.state]
    dim = note.state in NOTE_DONE
    body = "$role-muted" if dim else "$role-text"
    return Content("").join(
        [
            styled("▌" if focused else " ", "$role-accent"),
            styled(number_mark(index), body),
            styled("▣" if chosen else "", "$role-accent"),
            styled(f" {note.flaw.value}", f"bold {body}" if not dim else body),
            styled(" " + "!" * note.severity, "$role-muted"),
            styled(f" {look.glyph} {look.words}", look.style),
            styled(f"  {_first_line(note.text)}" if inline and note.text != note.flaw.value else "", body),
        ]
    )


def _first_line(value: str) -> str:
    return value.split("\n", 1)[0]


def _wrapped(value: str, width: int) -> list[str]:
    lines = [part for one in safe_lines(value) for part in wrap(one, width) or [""]]
    return lines if len(lines) <= _LINES_OF_NOTE else [*lines[: _LINES_OF_NOTE - 1], f"{lines[_LINES_OF_NOTE - 1]}…"]


def _thread_rows(one: NoteView, now: datetime, width: int) -> list[Content]:
    note = one.note
    rows: list[Content] = []
    if note.text != note.flaw.value:
        rows.extend(text(f"    {part}") for part in _wrapped(note.text, width))
    fixed = f" → v{note.fixed_number}" if note.fixed_number else ""
    where = f"    {note.author}, {ago(note.created_at, now)} ago, v{note.version_number}{fixed}"
    rows.append(styled(where, "$role-muted"))
    for reply in one.replies:
        rows.append(styled(f"    ↳ {reply.author}, {ago(reply.created_at, now)} ago", "$role-muted"))
        rows.extend(text(f"      {part}") for part in _wrapped(reply.text, width - 2))
    return rows


_SHORT_VERDICTS = {
    Verdict.APPROVED: "approved",
    Verdict.APPROVED_WITH_CHANGES: "with changes",
    Verdict.CHANGES_REQUESTED: "changes",
    Verdict.REJECTED: "rejected",
}


def decision_rows(view: AssetView, now: datetime, width_cells: int = 60) -> list[Content]:
    """Who said what of which version, newest first, each with its reason.

    Args:
        width_cells: of the pane; longer reasons are wrapped.
    """
    rows: list[Content] = []
    for decision in reversed(view.decisions):
        if decision.verdict is not None:
            rows.append(_decision_row(decision, now))
            if decision.reason and not decision.revoked:
                reason = _wrapped(decision.reason, max(width_cells - 4, 10))[:2]
                rows.extend(styled(f"   {part}", "$role-text") for part in reason)
    return rows


def _decision_row(decision: Decision, now: datetime) -> Content:
    assert decision.verdict is not None
    look = VERDICT_LOOK[decision.verdict]
    gone = decision.revoked
    return Content("").join(
        [
            styled(f" {look.glyph} ", "$role-muted" if gone else look.style),
            styled(decision.reviewer, "$role-muted" if gone else "$role-text"),
            styled(f" v{decision.version_number}", "$role-muted"),
            styled(f" {'taken back' if gone else _SHORT_VERDICTS[decision.verdict]}", "$role-muted"),
            styled(f" {ago(decision.created_at, now)}", "$role-muted"),
        ]
    )


# Beyond these a figure is worth a look: what untouched photographs have, with room.
_PROOF_FIGURES = (
    ("seam", "seam", 0.0, 1.4),
    ("lf_drift", "drift", 0.0, 0.9),
    ("tex1", "tex", 0.6, 1.8),
    ("tex2", "tex2", 0.6, 1.8),
    ("grain_ratio", "grain", 0.6, 1.7),
    ("color_error", "color", 0.0, 0.5),
)


def proof_line(proof: Proof) -> list[Content]:
    """The proof line of a fix; what was not measured is left out."""
    metrics = proof.metrics
    outside = metrics.get("outside_changed_px")
    parts: list[Content] = []
    if outside is not None:
        good = outside == 0
        parts.append(
            styled(f"outside {outside} px", "$role-approved" if good else "$role-void")
            if not good
            else line(styled("✓ ", "$role-approved"), styled("outside 0 px", "$role-text"))
        )
    parts.append(styled(f"edge +{proof.edge_px}", "$role-text"))
    for key, words, low, high in _PROOF_FIGURES:
        value = metrics.get(key)
        if value is not None:
            good = low <= float(value) <= high
            # A good drift or color says nothing that a person must read; the edge and the texture are always shown.
            if not good or key in ("seam", "tex1"):
                parts.append(styled(f"{words} {float(value):.2f}", "$role-text" if good else "$role-changes"))
    if metrics.get("seconds") is not None:
        parts.append(styled(f"{float(metrics['seconds']):.1f} s", "$role-muted"))
    return parts


def proof_rows(shown: VersionView) -> list[Content]:
    """What is proven of a version."""
    version = shown.version
    rows = [
        line(styled(" sha256 ", "$role-muted"), text(version.sha256[:12])),
        line(styled(" size   ", "$role-muted"), text(f"{version.size}")),
    ]
    if shown.proof is not None:
        parts = proof_line(shown.proof)
        dot = styled(" · ", "$role-muted")
        rows.extend(Content(" ") + dot.join(parts[start : start + 2]) for start in range(0, len(parts), 2))
    return rows


def job_row(job: Job, now: datetime) -> Content:
    """One job in one line."""
    look = JOB_LOOK[job.state]
    landed = f" → {', '.join(f'v{number}' for number in job.versions)}" if job.versions else ""
    parts = [
        styled(f" {look.glyph} ", look.style),
        styled(f"{job.id:>4} ", "$role-muted"),
        text(job.asset_key),
        styled(f" v{job.version_number}{landed}", "$role-muted"),
        styled(f"  {job.verb.value} · {job.engine}", "$role-muted"),
        styled(f"  {_job_words(job, now)}", look.style),
    ]
    return Content("").join(parts)


def _job_words(job: Job, now: datetime) -> str:
    if job.cancel_requested_at is not None and job.state is JobState.RUNNING:
        return "stopping"
    if job.state is JobState.RUNNING:
        done = "" if job.progress is None else f"{round(job.progress * 100)} % "
        return f"{done}{job.message}".strip() or "running"
    missing = unfinished_words(job.params, job.version_number) if job.state in JOB_FELL else ""
    if job.state is JobState.FAILED:
        return f"failed: {job.error}{f'; {missing}' if missing else ''}"
    when = f" {ago(job.finished_at, now)} ago" if job.finished_at else ""
    return f"{JOB_LOOK[job.state].words}{when}{f': {missing}' if missing else ''}"


def fallen_words(job: Job) -> Content:
    """That a job failed, or ended in the middle, and why; empty when it was only called off.

    How it goes on comes first: a long reason is cut, and stands in the panel.
    """
    missing = unfinished_words(job.params, job.version_number)
    if job.state is JobState.CANCELLED and not missing:
        return Content("")  # whoever called it off was told
    again = f":retry {job.id} tries again, W shows why" if job.error else f":retry {job.id} goes on"
    why = "; ".join(part for part in (job.error, missing) if part)
    return line(styled(f"✗ job {job.id} {job.state}", "$role-void"), styled(f"  {again}  ", "$role-muted"), text(why))


def jobs_summary(overview: Overview) -> Content:
    """``jobs ▶1 ✓3 ✗0``; nothing when there never was one."""
    counts = overview.jobs
    if not counts:
        return Content("")
    running = counts.get(JobState.RUNNING, 0)
    queued = counts.get(JobState.QUEUED, 0)
    failed = counts.get(JobState.FAILED, 0)
    parts = [styled(f"▶{running}", "$role-fixing" if running else "$role-muted")]
    if queued:
        parts.append(styled(f"◌{queued}", "$role-fixing"))
    parts.append(styled(f"✓{counts.get(JobState.SUCCEEDED, 0)}", "$role-muted"))
    parts.append(styled(f"✗{failed}", "$role-void" if failed else "$role-muted"))
    return line(styled("jobs ", "$role-muted"), Content(" ").join(parts))


_EVENT_WORDS = {
    "asset.found": "found",
    "asset.voided": "void: the approved bytes changed",
    "asset.delivered": "delivered",
    "asset.held": "hold: {hold}",
    "asset.folded": "is the same as {into}",
    "file.waits": "v{number} waits: {why}",
    "policy.set": "policy {rev}: {stage}, {quorum} must approve",
    "version.registered": "registered v{number}",
    "head.moved": "head is v{number}",
    "note.written": "note {note}: {flaw} {text}",
    "note.moved": "note {note}: {from} → {to}",
    "note.replied": "note {note}: {text}",
    "note.weighed": "note {note}: severity {severity}",
    "lock.drawn": "lock {lock} {why}",
    "lock.lifted": "lock {lock} lifted {why}",
    "preset.saved": "preset {preset} saved",
    "preset.removed": "preset {preset} removed",
    "note.tagged": "note {note}: {flaw}",
    "job.requested": "job {job}: {verb} by {engine}",
    "job.running": "job {job} began",
    "job.succeeded": "job {job} landed",
    "job.failed": "job {job} failed: {error}",
    "job.cancelled": "job {job} cancelled",
    "job.queued": "job {job} queued again",
    "job.cancel_requested": "job {job}: asked to stop",
    "decision.recorded": "{verdict} v{number} {reason}",
    "decision.revoked": "took decision {revokes} back",
    "delivery.made": "delivery {delivery}",
}


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def event_row(event: Event, now: datetime, *, with_subject: bool) -> Content:
    """One event in one line."""
    pattern = _EVENT_WORDS.get(event.kind, event.kind.replace(".", " "))
    words = pattern.format_map(
        _Facts({name: "–" if fact is None else fact for name, fact in event.payload.items()})
    ).replace("_", " ")
    return line(
        styled(f" {clip_cells(ago(event.at, now), 6, align='right')} ", "$role-muted"),
        styled(f"{clip_cells(event.actor, 10)} ", "$role-text"),
        styled(f"{event.subject} " if with_subject else "", "$role-muted"),
        text(words),
    )


def approval_words(asset_key: str, number: int, verdict: Verdict, chain_head: str) -> Content:
    """What the line says when a decision was committed."""
    look = VERDICT_LOOK[verdict]
    return line(
        styled(f"{look.glyph} {look.words} ", look.style),
        text(asset_key),
        styled(f" v{number} saved", "$role-text"),
        styled(f"  chain {chain_head[:12]}", "$role-muted"),
    )
