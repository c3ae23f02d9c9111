"""The lines around the picture: where I am, what is on the screen, what the keys do. Words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from reviewtui.model.lifecycle import NOTE_DONE, JobState, NoteState
from reviewtui.services.browse import AssetView
from reviewtui.ui.compare_words import compare_line, pair_words
from reviewtui.ui.keymap import Binding, key_words
from reviewtui.ui.modes import TITLES, Mode
from reviewtui.ui.state import COMPOSED, Look
from reviewtui.ui.text import clip_cells, line, styled
from reviewtui.ui.theme import LAMP_LOOK, STATUS_LOOK
from reviewtui.ui.words import job_row, jobs_summary, proof_line

if TYPE_CHECKING:
    from reviewtui.ui.pictures.room import PictureRoom
    from reviewtui.ui.screens.desk import Desk


_NEEDS_HEAD = frozenset({"decide.approve", "decide.with_changes", "decide.request", "decide.reject"})

ROOMY_CELLS = 90
"""A picture of at least this width has its size above it; below, only the facts pane says it."""


def top_line(desk: Desk) -> tuple[Content, Content]:
    """Folder, filter, what needs me; who I am, protocol, round trip."""
    overview = desk.overview
    left = line(styled(f" {desk.workspace.paths.root.name}/", "bold $role-text"))
    if desk.state.query:
        left = line(left, styled(f" ▸ {desk.state.query}", "$role-accent"))
    if overview is not None:
        need = f"{overview.needs_me} of {overview.total} need you" if overview.total else ""
        left = line(left, styled(f"  {need}", "$role-muted"))
        if overview.pending:
            left = line(left, styled(f"  reading {overview.pending} files", "$role-muted"))
        if overview.quarantined:
            left = line(left, styled(f"  {overview.quarantined} set aside", "$role-changes"))
        if overview.missing:
            left = line(left, styled(f"  {overview.missing} missing", "$role-changes"))
    return left, _who(desk)


def _who(desk: Desk) -> Content:
    actor = desk.workspace.actor
    name = actor.name if not actor.claimed else f"{actor.name} (claimed by {actor.login})"
    room: PictureRoom | None = getattr(desk.app, "room", None)
    # What the line takes, not what a picture took: that one jumps with every picture.
    trip_ms = desk.round_trip_ms if room is None or room.rtt_ms is None else room.rtt_ms
    trip = "" if trip_ms is None else f"{trip_ms} ms  "
    if desk.terminal_is_silent:
        trip = "terminal silent  "
    mode = "read-only  " if desk.workspace.store.read_only else ""
    return line(
        styled(mode, "$role-changes"),
        styled(f"{trip}{_painter_words(desk)}  ", "$role-muted"),
        styled(f"{name} ", "$role-text"),
    )


def _painter_words(desk: Desk) -> str:
    """How pictures are drawn, how true the one on the screen is, and what the line carries."""
    picture = desk.picture
    words = [picture.painter.name]
    room: PictureRoom | None = getattr(desk.app, "room", None)
    if room is not None and room.bytes_per_s is not None:
        mbit = room.bytes_per_s * 8 / 1e6
        words.insert(0, f"{mbit:.1f} Mbit/s " if mbit < 10 else f"{mbit:.0f} Mbit/s ")
    if picture.truth is not None and (picture.painter.name != "half" or picture.truth == "preview"):
        words.append(picture.truth)
    return " ".join(words)


def queue_title(desk: Desk) -> str:
    """``Queue 3/31``."""
    count = desk.queue.list.count
    # While only its beginning was read nobody knows how long it is.
    return f"queue {desk.queue.list.cursor + 1}/{count}" if count and desk.overview is not None else "queue"


def notes_title(view: AssetView) -> Content:
    """``notes 2 open 1 to verify``."""
    states = [one.note.state for one in view.notes]
    verify = states.count(NoteState.TO_VERIFY)
    unfinished = sum(1 for state in states if state not in NOTE_DONE) - verify
    parts = [styled("notes", "$role-muted")]
    if unfinished:
        parts.append(styled(f" {unfinished} open", "$role-changes"))
    if verify:
        parts.append(styled(f" {verify} to verify", "$role-verify"))
    return Content("").join(parts)


def picture_title(desk: Desk, width_cells: int) -> tuple[Content, Content]:
    """The rule above the picture: asset, version, head, status, zoom; thick when the picture has the keys."""
    state = desk.state
    version, view = state.shown_version, state.view
    focused = state.mode in {Mode.VIEW, Mode.MARK, Mode.COMPARE, Mode.PROBE}
    edge = "$role-accent" if focused else "$role-rule"
    dash = "━" if focused else "─"
    if version is None or view is None:
        return Content.styled(dash * max(width_cells - 1, 0), edge), Content("")
    parts = [Content.styled(f"{dash} ", edge)]
    pair = state.comparison
    if pair is not None and pair.look not in COMPOSED:
        parts.append(styled(f"{pair.side} ", "bold $role-accent"))
    parts.append(styled(view.asset.key, "bold $role-text"))
    is_plain = pair is None or pair.look not in COMPOSED
    if is_plain:
        parts.append(styled(f"  v{version.number} of {len(view.versions)}", "$role-text"))
    if pair is not None:
        # Before what a flip makes come and go: nothing moves then.
        parts.append(line("   ", pair_words(pair)))
    if is_plain and state.is_head_shown:
        parts.append(styled("  ◆ head" if pair is not None else " ◆ head", "$role-accent"))
    if not state.tone.is_neutral:
        parts.append(styled(f"  {state.tone.words}", "bold $role-changes"))
    if pair is None:
        look = STATUS_LOOK[view.asset.status]
        parts.append(styled(f"  {look.glyph} {look.words}", look.style))
        parts.extend(_short_proof(desk))
    size = f"{version.size}  " if width_cells >= ROOMY_CELLS else ""
    scale = "" if desk.picture.painter.name == "text" else f"{desk.picture.viewport.words} "  # words have no scale
    right = styled(f" {size}{scale}", "$role-muted")
    words = Content("").join(parts)
    fill = max(width_cells - words.cell_length - right.cell_length - 2, 0)
    return words + Content.styled(" " + dash * fill, edge), right


def _short_proof(desk: Desk) -> list[Content]:
    shown = desk.state.shown
    if shown is None or shown.proof is None or desk.has_class("-wide"):
        return []
    return [styled("  ", ""), Content(" · ").join(proof_line(shown.proof)[:3])]


def status_line(desk: Desk, message: Content) -> tuple[Content, Content]:
    """What was said last, or the job that runs; at the right all jobs in short."""
    left = message
    view = desk.state.view
    right = line(jobs_summary(desk.overview) if desk.overview is not None else Content(""), " ")
    if not left.plain and desk.state.marking is not None:
        left = styled(desk.marking.words(desk.size.width - right.cell_length - 2), "$role-muted")
    elif not left.plain and (found := line(desk.probing.line(), compare_line(desk))).plain:
        left = found
    elif not left.plain and view is not None:
        running = [job for job in view.jobs if job.state in {JobState.RUNNING, JobState.QUEUED}]
        if running:
            left = job_row(running[0], desk.workspace.clock.now())
    return line(" ", left), right


def footer_line(desk: Desk) -> tuple[Content, Content]:
    """The arming lamp, the mode, and the keys that matter most here; generated from the live table."""
    state = desk.state
    if desk.has_class("-tiny"):
        return styled(" make the window larger: 80×24 is the least", "$role-changes"), _key("q", "leave ")
    left = line(_lamp(desk), styled(f"{TITLES[state.mode]} ", "bold $role-text"))
    if state.count or state.pressed:
        typed = state.count + " ".join(key_words(key) for key in state.pressed)
        left = line(left, styled(f" {typed}", "$role-accent"))
    if state.pressed:
        offers = desk.keymap.continuations(state.mode, state.pressed)
        return line(left, *(_key(key_words(key), row.label) for key, row in offers)), Content("")
    if state.mode is Mode.ENTRY:
        keys: tuple[tuple[str, str], ...] = (
            ("Enter", "save"),
            ("\\ Enter", "new line"),
            ("Tab", "complete"),
            ("Esc", "keep as draft"),
        )
        if not desk.typing.keeps_draft:
            keys = (("Enter", "take"), ("Tab", "complete"), ("Esc", "leave"))
        return line(left, *(_key(key, words) for key, words in keys)), Content("")
    if state.mode is Mode.CHOICE:
        keys = (("letter", "take"), ("↑↓", "look"), ("Enter", "take"), ("Esc", "leave"))
        return line(left, *(_key(key, words) for key, words in keys)), Content("")
    return line(left, *_fitting(desk, desk.size.width - left.cell_length - 9)), _key("?", "keys ")


def _lamp(desk: Desk) -> Content:
    if desk.state.shown_version is None or desk.has_class("-sheet"):
        return Content(" ")
    picture = desk.picture
    if picture.doubted:
        name = "stale"
    elif picture.is_patched:
        name = "preview"
    elif picture.armed:
        name = "painted"
    else:
        name = "silent" if desk.terminal_is_silent else "painting"
    look = LAMP_LOOK[name]
    return line(styled(f" {look.glyph} {clip_cells(look.words, 8)}  ", look.style))


def _fitting(desk: Desk, room: int) -> list[Content]:
    rows = sorted((row for row in desk.keymap.alive(desk.state.mode) if row.rank), key=lambda row: row.rank)
    shown: list[Content] = []
    for row in rows:
        is_alive = desk.effect_of(row) is not None
        if row.id == "desk.help" or not (is_alive or _comes_back(desk, row)):
            continue
        part = _key(key_words(row.keys[0]), row.label)
        if part.cell_length > room:
            break
        if not is_alive:
            part = Content(" " * part.cell_length)
        room -= part.cell_length
        shown.append(part)
    return shown


def _comes_back(desk: Desk, row: Binding) -> bool:
    """Whether the next flip brings a key back: its room is kept, so that the others stay where they are."""
    pair, view = desk.state.comparison, desk.state.view
    if pair is None or view is None or pair.look is not Look.FLIP:
        return False
    return row.id in _NEEDS_HEAD and view.asset.head_number in (pair.champion, pair.challenger)


def _key(key: str, words: str) -> Content:
    return line(styled(f"  {key}", "bold $role-accent"), styled(f" {words}", "$role-muted"))
