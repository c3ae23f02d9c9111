"""Lists beside the picture: keys, jobs, events, facts, and what commands answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from reviewtui.imaging.provenance import KEY as CHAIN_KEY
from reviewtui.model.clock import ago
from reviewtui.model.entities import Event, Job
from reviewtui.model.text import safe_lines
from reviewtui.services import browse, jobs
from reviewtui.services.roundtrip import HandChange, find_hand_changes
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.keymap import Binding, key_words
from reviewtui.ui.living_words import inspector_rows
from reviewtui.ui.modes import TITLES, Mode
from reviewtui.ui.text import clip_cells, line, styled, text
from reviewtui.ui.widgets.panel import PanelRow
from reviewtui.ui.words import event_row, job_row, proof_line

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


_AREAS = {
    "queue": "assets",
    "version": "versions",
    "zoom": "looking",
    "pan": "looking",
    "view": "looking",
    "note": "notes",
    "notes": "notes",
    "mark": "marking",
    "fix": "the fix",
    "compare": "comparing",
    "probe": "reading pixels",
    "sheet": "contact sheet",
    "decide": "deciding",
    "panel": "this list",
    "desk": "the desk",
}


# Cells before the words of a row: further lines of a long one stand under them.
_HELP_INDENT, _FACT_INDENT, _JOB_INDENT, _EVENT_INDENT = 14, 10, 8, 19


class PanelActions(Area):
    """What the panel shows; it remembers how to read itself again when facts change."""

    def __init__(self, desk: Desk) -> None:
        """Begin without a list."""
        super().__init__(desk)
        self._kind = ""
        self._back = Mode.BROWSE
        self._again: Callable[[], None] | None = None

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        panel = self.desk.panel
        return {
            "desk.help": self.help,
            "desk.jobs": self.jobs,
            "desk.events": self.events,
            "view.inspect": self.inspect,
            "panel.next": lambda: panel.move(self.state.take_count() or 1),
            "panel.previous": lambda: panel.move(-(self.state.take_count() or 1)),
            "panel.page_down": lambda: panel.page(1),
            "panel.page_up": lambda: panel.page(-1),
            "panel.first": lambda: panel.move(-1_000_000),
            "panel.last": lambda: panel.move(1_000_000),
            "panel.open": self._go_there,
            "panel.cancel_job": lambda: self._on_job(self.cancel),
            "panel.retry_job": lambda: self._on_job(self.retry),
            "panel.close": self.close,
        }

    def effect(self, binding_id: str) -> str | None:
        """Rows of jobs and assets can be acted on."""
        key = self.desk.panel.cursor_key
        if binding_id in {"panel.cancel_job", "panel.retry_job"}:
            return f"job {key}" if self._kind == "jobs" and isinstance(key, int) else None
        if binding_id == "panel.open":
            return "" if self._kind in {"jobs", "events"} and key is not None else None
        return ""

    def open(self, kind: str, title: str, rows: Sequence[PanelRow], again: Callable[[], None] | None = None) -> None:
        """Show a list; the mode before comes back when it is closed."""
        keep = self.state.mode is Mode.PANEL and self._kind == kind
        if self.state.mode not in {Mode.PANEL, Mode.CHOICE}:
            self._back = self.state.mode
        self._kind, self._again = kind, again
        self.desk.panel.show(title, rows, keep=keep)
        self.desk.enter(Mode.PANEL)

    def close(self) -> None:
        """Back to the mode before."""
        self._kind, self._again = "", None
        self.desk.enter(self._back)
        if self._back is Mode.FIX:
            self.desk.fixing.show()

    def refresh(self) -> None:
        """Facts changed: read the list again if it shows facts."""
        if self.state.mode is Mode.PANEL and self._again is not None:
            self._again()

    # Keys

    def help(self) -> None:
        """Keys alive here and now, with what each would do to the thing in focus."""
        mode = self.state.mode
        rows: list[PanelRow] = []
        area = ""
        for binding in self.desk.keymap.alive(mode):
            heading = _AREAS[binding.id.partition(".")[0]]
            if heading != area:
                rows.append(PanelRow(styled(f" {heading}", "$role-muted")))
                area = heading
            rows.append(PanelRow(help_row(binding, self.desk.effect_of(binding)), binding.id, _HELP_INDENT))
        rows.append(PanelRow(styled(" dim: not possible for what is in focus", "$role-muted")))
        self.open("help", f"keys in {TITLES[mode]}", rows)

    # Jobs

    def jobs(self) -> None:
        """Jobs of the workspace, newest first."""
        self.desk.hold.run(jobs.find_jobs, self.desk.workspace, then=self._show_jobs)

    def _show_jobs(self, found: list[Job]) -> None:
        now = self.desk.workspace.clock.now()
        rows = [PanelRow(job_row(job, now), job.id, _JOB_INDENT) for job in found]
        if not rows:
            rows = [PanelRow(styled(" no jobs yet: d marks a flaw, S sends its fix", "$role-muted"))]
        self.open("jobs", "jobs", rows, again=self.jobs)

    def _on_job(self, act: Callable[[int], None]) -> None:
        key = self.desk.panel.cursor_key
        if self._kind == "jobs" and isinstance(key, int):
            act(key)

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop."""
        self.desk.runner.run(
            jobs.cancel, self.desk.workspace, job_id, ordered=True,
            then=lambda job: self.desk.say(
                styled(f"job {job.id} {'cancelled' if job.finished_at else 'is being stopped'}", "$role-text")
            ),
        )  # fmt: skip

    def retry(self, job_id: int) -> None:
        """Try a job again."""
        self.desk.runner.run(
            jobs.retry, self.desk.workspace, job_id, ordered=True,
            then=lambda job: self.desk.say(styled(f"job {job.id} is queued again", "$role-text")),
        )  # fmt: skip

    # Events

    def events(self) -> None:
        """Events of the asset; asked for again, of the workspace."""
        view = self.state.view
        whole = self._kind in {"events", "all events"} and self.state.mode is Mode.PANEL
        if view is None or whole:
            self._read_events(None)
        else:
            self._read_events(view.asset.key)

    def _read_events(self, key: str | None) -> None:
        def show(found: list[Event]) -> None:
            now = self.desk.workspace.clock.now()
            rows = [
                PanelRow(event_row(event, now, with_subject=key is None), event.subject, _EVENT_INDENT)
                for event in found
            ]
            title = "history of the workspace" if key is None else "history  (@ again: the workspace)"
            self.open("events", title, rows, again=lambda: self._read_events(key))

        self.desk.hold.run(browse.list_events, self.desk.workspace, key, then=show)

    def _go_there(self) -> None:
        key = self.desk.panel.cursor_key
        if self._kind == "jobs" and isinstance(key, int):
            self.desk.runner.run(
                jobs.find_jobs, self.desk.workspace, key, then=lambda found: self._go_to(found[0].asset_id)
            )
        elif self._kind == "events" and isinstance(key, str) and key != "workspace":
            self.desk.runner.run(
                browse.show_asset, self.desk.workspace, key, then=lambda view: self._go_to(view.asset.id)
            )

    def _go_to(self, asset_id: int) -> None:
        self.close()
        if asset_id in self.desk.queue.ids:
            self.desk.queue.list.move_to(self.desk.queue.ids.index(asset_id))
        else:
            self.desk.say(styled("the filter hides that asset: / changes it", "$role-muted"))

    # Facts

    def inspect(self) -> None:
        """Everything that is known of the version on the screen."""
        shown, view = self.state.shown, self.state.view
        if shown is None or view is None:
            return
        desk, number = self.desk, shown.version.number

        def load() -> tuple[browse.Facts, HandChange | None]:
            facts = browse.load_facts(desk.workspace, shown.version.sha256)
            return facts, find_hand_changes(desk.workspace, lambda: desk.decoder, view, only=number).get(number)

        desk.hold.run(load, then=lambda found: self._show_facts(view, shown, *found))

    def _show_facts(
        self, view: browse.AssetView, shown: browse.VersionView, facts: browse.Facts, change: HandChange | None
    ) -> None:
        version = shown.version
        rows = [
            _fact("asset", view.asset.key),
            _fact(
                "version",
                f"v{version.number} of {view.asset.versions}" + (" head" if version.id == view.asset.head_id else ""),
            ),
            _fact("size", f"{version.size} px, {version.size.area_px / 1e6:.1f} MP, {facts.size_bytes / 1e6:.2f} MB"),
            _fact("kind", facts.media_type),
            _fact("sha256", version.sha256),
            _fact("pixels", facts.pixel_sha256),
            _fact("file", shown.path or "the bytes are gone from disk"),
            _fact("made", f"{ago(version.created_at, self.desk.workspace.clock.now())} ago from {version.source}"),
        ]
        if version.parent_number is not None:
            rows.append(_fact("parent", f"v{version.parent_number}, {version.op}, known by {version.asserted_by}"))
        else:
            rows.append(_fact("parent", "unknown" if version.number > 1 else "none"))
        if shown.proof is not None:
            rows.append(
                PanelRow(
                    line(styled(" proof    ", "$role-muted"), Content(" · ").join(proof_line(shown.proof))),
                    indent_cells=_FACT_INDENT,
                )
            )
        rows.extend(PanelRow(row, indent_cells=_FACT_INDENT) for row in inspector_rows(view, shown, facts, change))
        for name, value in facts.text.items():
            if name == CHAIN_KEY:
                continue  # told above, link by link
            rows.extend(_long_fact(name, value))
        self.open("facts", f"v{version.number}", rows)

    def output(self, title: str, words: Sequence[str | Content]) -> None:
        """Lines that a command answered."""
        rows: list[PanelRow] = []
        for one in words:
            if isinstance(one, str):
                rows.extend(PanelRow(text(f" {part}"), indent_cells=1) for part in safe_lines(one))
            else:
                rows.append(PanelRow(one, indent_cells=1))
        self.open("output", title, rows or [PanelRow(styled(" nothing", "$role-muted"))])


def help_row(binding: Binding, effect: str | None) -> Content:
    """One row of ``?``."""
    keys = " ".join(key_words(sequence) for sequence in binding.keys)
    dead = effect is None
    return line(
        styled(f" {clip_cells(keys, 12)} ", "$role-muted" if dead else "bold $role-text"),
        styled(binding.help, "$role-muted" if dead else "$role-text"),
        styled(f"  → {effect}" if effect else "", "$role-accent"),
    )


def _fact(name: str, value: str) -> PanelRow:
    return PanelRow(line(styled(f" {clip_cells(name, 8)} ", "$role-muted"), text(value)), indent_cells=_FACT_INDENT)


def _long_fact(name: str, value: str) -> list[PanelRow]:
    rows = [PanelRow(styled(f" {clip_cells(name, 30, pad=False)}", "$role-muted"))]
    rows.extend(PanelRow(text(f"   {part[:1200]}"), indent_cells=3) for part in safe_lines(value)[:60])
    return rows
