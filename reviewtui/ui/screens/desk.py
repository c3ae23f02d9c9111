"""The one screen: lays out the panes, turns keys into actions and facts into panes. No SQL, no pixels, no policy."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Asset, Change, Version
from reviewtui.model.errors import ReviewError
from reviewtui.services import browse
from reviewtui.services.ingest import register_asset
from reviewtui.services.renditions import Renditions
from reviewtui.services.thumbnails import Thumbnails
from reviewtui.services.workspace import Workspace
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.actions.commands import CommandActions
from reviewtui.ui.actions.comparing import ComparingActions
from reviewtui.ui.actions.deciding import DecidingActions
from reviewtui.ui.actions.finishing import FinishingActions
from reviewtui.ui.actions.fixing import FixingActions
from reviewtui.ui.actions.living import LivingActions
from reviewtui.ui.actions.looking import LookingActions
from reviewtui.ui.actions.marking import MarkingActions
from reviewtui.ui.actions.moving import MovingActions
from reviewtui.ui.actions.noting import NotingActions
from reviewtui.ui.actions.palette import Palette
from reviewtui.ui.actions.panels import PanelActions
from reviewtui.ui.actions.probing import ProbingActions
from reviewtui.ui.actions.queue import QueueActions
from reviewtui.ui.actions.rowing import RowingActions
from reviewtui.ui.actions.sheeting import SheetingActions
from reviewtui.ui.actions.toning import ToningActions
from reviewtui.ui.actions.verbs import VerbActions
from reviewtui.ui.choosing import Choosing, Option
from reviewtui.ui.drafts import Drafts
from reviewtui.ui.haste import Haste
from reviewtui.ui.keyhold import KeyHold
from reviewtui.ui.keymap import Binding, Keymap, key_of
from reviewtui.ui.living_words import landed_words, proof_extras
from reviewtui.ui.mask_preview import MaskPreview
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import PainterFactory, PictureView, Tone
from reviewtui.ui.runner import ServiceRunner
from reviewtui.ui.screens.first import BROAD_CELLS, LEAST_CELLS, WIDE_CELLS
from reviewtui.ui.showing import Showing
from reviewtui.ui.state import ViewState
from reviewtui.ui.status import footer_line, notes_title, picture_title, queue_title, status_line, top_line
from reviewtui.ui.suggested import Suggested
from reviewtui.ui.text import styled
from reviewtui.ui.typing import Typing
from reviewtui.ui.widgets.line_list import LineList
from reviewtui.ui.widgets.lines import EntryLine
from reviewtui.ui.widgets.one_line import OneLine
from reviewtui.ui.widgets.pane import TextPane
from reviewtui.ui.widgets.panel import Panel
from reviewtui.ui.widgets.panes import Panes
from reviewtui.ui.widgets.queue import Queue
from reviewtui.ui.widgets.queue_pictures import Tiles, add_pictures
from reviewtui.ui.words import decision_rows, note_rows, proof_rows, version_rows

T = TypeVar("T")

MESSAGE_STAYS_S = 2.0


class StoreChanged(Message):
    """Somebody committed something.

    Attributes:
        changes: None when everything must be read again.
    """

    def __init__(self, changes: list[Change] | None) -> None:
        """Wrap changes."""
        super().__init__()
        self.changes = changes

    def can_replace(self, message: Message) -> bool:
        """Bursts coalesce where both only say that everything must be read again."""
        return isinstance(message, StoreChanged) and self.changes is None and message.changes is None


class Desk(Screen[None], inherit_bindings=False):
    """The desk.

    Args:
        workspace: opened by the caller, who closes it.
        decoder: for pixels and for files that are only found.
        keymap: the live keys.
        painters: how pictures get onto the terminal; half cells when None.
        tiles: how small ones do; half cells when None.
        first_rows: the beginning of the queue, shown until all of it was read.
    """

    CSS_PATH = "desk.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self,
        workspace: Workspace,
        decoder: Decoder,
        keymap: Keymap,
        *,
        painters: PainterFactory | None = None,
        tiles: Tiles | None = None,
        first_rows: Sequence[Asset] = (),
    ) -> None:
        super().__init__()
        self._first_rows = first_rows
        self.workspace = workspace
        self.decoder = decoder
        self.keymap = keymap
        self.state = ViewState()
        self.overview: browse.Overview | None = None
        self.decisions_seen: dict[int, list[tuple[float, int]]] = {}
        self.terminal_is_silent = False
        self.round_trip_ms: int | None = None
        self.runner = ServiceRunner(self.say_error, lambda error: self.app._handle_exception(error))
        self.renditions = Renditions(workspace, decoder)
        self.queue = Queue(id="queue")
        self.single = PictureView(id="picture", empty_words="", painters=painters)
        self.single.can_focus = False
        self.panes = Panes(self.single, lambda cache: PictureView(cache=cache, painters=painters), id="panes")
        self.showing = Showing(self)
        self.mask_preview = MaskPreview(self)
        self.suggested = Suggested(self)
        self.sheet, self.queue_rows = add_pictures(self.queue, Thumbnails(workspace, decoder).load, tiles)
        self.panel = Panel(id="panel")
        self.entry = EntryLine(id="entry")
        self._top = OneLine(id="top")
        self._title = OneLine(id="title")
        self._status = OneLine(id="status")
        self._keys = OneLine(id="keys")
        self._versions = TextPane(id="versions")
        self._notes = TextPane(id="notes")
        self._pane_widths: tuple[int, ...] = ()
        self._under = TextPane(id="under")
        self._decisions = TextPane(id="decisions")
        self._proof = TextPane(id="proof")
        self._message: tuple[Content, float, bool] = (Content(""), 0.0, False)
        self._announced: int | None = None
        self.drafts = Drafts(self)
        self.typing = Typing(self)
        self.hold = KeyHold(self)
        self.haste = Haste(self, self.read_asset)
        self.choosing = Choosing(self)
        self._registering: set[int] = set()
        self._make_areas()

    def _make_areas(self) -> None:
        self.queue_actions = QueueActions(self)
        self.looking = LookingActions(self)
        self.living = LivingActions(self)
        self.deciding = DecidingActions(self)
        self.noting = NotingActions(self)
        self.marking = MarkingActions(self)
        self.fixing = FixingActions(self)
        self.finishing = FinishingActions(self)
        self.comparing = ComparingActions(self)
        self.toning = ToningActions(self)
        self.probing = ProbingActions(self)
        self.sheeting = SheetingActions(self)
        self.rowing = RowingActions(self)
        self.panels = PanelActions(self)
        self.verbs = VerbActions(self)
        self.commands = CommandActions(self)
        self.palette = Palette(self)
        self.moving = MovingActions(self)
        areas: tuple[Area, ...] = (
            self.queue_actions, self.looking, self.living, self.deciding, self.noting, self.marking,
            self.comparing, self.toning, self.probing, self.sheeting, self.panels, self.fixing, self.finishing,
            self.verbs, self.rowing,
            self.commands, self.moving,
        )  # fmt: skip
        self._actions: dict[str, tuple[Action, Area]] = {
            name: (action, area) for area in areas for name, action in area.actions().items()
        }

    @property
    def picture(self) -> PictureView:
        """The picture that a decision would be about: the only one, or the framed one of several."""
        return self.panes.framed_view or self.single

    # Layout

    def compose(self) -> ComposeResult:
        """Panes and lines."""
        yield self._top
        with Horizontal(id="body"):
            yield self.queue
            yield self.sheet
            with Vertical(id="center"):
                yield self._title
                yield self.single
                yield self.panes
                yield self._under
            with Vertical(id="side"):
                yield self._versions
                yield self._notes
                yield self._decisions
                yield self._proof
            yield self.panel
        yield self._status
        yield self.entry
        yield self._keys

    def on_mount(self) -> None:
        """Read the queue."""
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self.showing.check_rooms(), immediate=True)
        self.screen_layout_refresh_signal.subscribe(self._notes, lambda _: self._check_widths(), immediate=True)
        self.lay_out()
        self.queue_actions.begin(self._first_rows)
        self.show_title_lines()

    def on_resize(self) -> None:
        """Another size, another layout."""
        self.lay_out()
        self.fixing.show()
        if self.entry.is_open:
            # A line that was hidden for want of room has lost the keys.
            self.entry.take_keys(not self.has_class("-tiny"))
        self.show_title_lines()

    def lay_out(self) -> None:
        """Show the panes that fit the size, the mode and the layout."""
        width, height = self.app.size
        state = self.state
        panel = state.mode in {Mode.PANEL, Mode.CHOICE} or self.fixing.form is not None
        wide = width >= WIDE_CELLS
        self.set_class(width < LEAST_CELLS[0] or height < LEAST_CELLS[1], "-tiny")
        self.set_class(wide, "-wide")
        self.set_class(width >= BROAD_CELLS, "-broad")
        self.set_class(panel, "-panel")
        self.set_class(state.layout == 1, "-theatre")
        self.set_class(state.layout == 2, "-alone")
        self.set_class(state.mode is Mode.NOTES, "-notes")
        self.set_class(state.roomy, "-roomy")
        if state.mode not in {Mode.PANEL, Mode.CHOICE, Mode.ENTRY, Mode.FIX}:
            self.set_class(state.mode is Mode.SHEET, "-sheet")
        self.comparing.fit_room()
        self.set_class(state.comparison is not None and bool(state.comparison.panes), "-many")
        self._show_panes()

    # Modes and keys

    def enter(self, mode: Mode) -> None:
        """Change the mode; unfinished keys are forgotten."""
        self.state.mode = mode
        self.state.pressed, self.state.count = (), ""
        self.lay_out()
        self.show_asset()

    def on_key(self, event: events.Key) -> None:
        """A key press: an action of the live table, a digit of a count, or a letter of a choice."""
        if self.entry.is_open and not self.has_class("-tiny"):
            if not self.entry.has_seen(event):
                event.stop()
                self.entry.press(event)
            return
        event.stop()
        event.prevent_default()
        if self.hold.take(event):
            return
        key = key_of(event)
        self._forget_old_message()
        if self.has_class("-tiny"):
            if key == "q":
                self.act("desk.quit")
            return
        if self.state.mode is Mode.CHOICE:
            self.choosing.press(key)
        elif not self._press_digit(key):
            self._press(key)

    def _press_digit(self, key: str) -> bool:
        counts = self.state.mode in {Mode.BROWSE, Mode.SHEET, Mode.PANEL} or (
            self.state.mode is Mode.MARK and key in "0123456789"
        )
        is_digit = len(key) == 1 and key in "0123456789" and (key != "0" or bool(self.state.count))
        if not (counts and is_digit) or self.state.pressed:
            return False
        self.state.count = (self.state.count + key)[-6:]
        self.show_title_lines()
        return True

    def _press(self, key: str) -> None:
        state = self.state
        if key == "escape" and (state.pressed or state.count):
            state.pressed, state.count = (), ""
            self.show_title_lines()
            return
        pressed = (*state.pressed, key)
        found = self.keymap.resolve(state.mode, pressed)
        if isinstance(found, Binding):
            state.pressed = ()
            if not found.id.startswith("queue."):
                self._follow_cursor()
            self.run_binding(found)
            state.count = ""
        elif found:
            state.pressed = pressed
        else:
            state.pressed, state.count = (), ""
        self.show_title_lines()

    def _follow_cursor(self) -> None:
        """A key acts on the asset under the cursor, also when the list has not announced its last move yet."""
        ids, cursor = self.queue.ids, self.queue.list.cursor
        if cursor < len(ids):
            self.select(ids[cursor])
        self.haste.rest()

    def run_binding(self, binding: Binding) -> None:
        """Do what a key stands for."""
        self.act(binding.id)

    def act(self, binding_id: str) -> None:
        """Do what a row of the table stands for."""
        self._actions[binding_id][0]()

    def effect_of(self, binding: Binding) -> str | None:
        """What a row would do to the thing in focus; None when it is not alive."""
        return self._actions[binding.id][1].effect(binding.id)

    def action_ids(self) -> set[str]:
        """Ids that have an action; the table must name exactly these."""
        return set(self._actions)

    def new_act_key(self) -> str:
        """Idempotency key of one key press."""
        return uuid.uuid4().hex

    # Messages

    def say(self, words: Content, *, lasting: bool = False) -> None:
        """Show a line; it gives way to the next key after a while.

        Args:
            words: made safe already.
            lasting: stays until something else is said.
        """
        self._message = (words, time.monotonic(), lasting)
        self._show_status()

    def say_error(self, error: ReviewError) -> None:
        """Show a failure in words, with its remedy."""
        words = styled(f"✗ {error.message}", "$role-void")
        if error.remedy:
            words = words + styled(f"  {error.remedy}", "$role-muted")
        self.say(words, lasting=True)

    def _forget_old_message(self) -> None:
        words, since, lasting = self._message
        stays = MESSAGE_STAYS_S * (4 if lasting else 1)
        if words.plain and time.monotonic() - since > stays:
            self._message = (Content(""), 0.0, False)
            self._show_status()

    # Facts

    def on_store_changed(self, message: StoreChanged) -> None:
        """Somebody committed: read what is on the screen again."""
        changes = message.changes
        entities = None if changes is None else {change.entity for change in changes}
        if entities is None or entities & {"asset", "file"}:
            self.queue_actions.reload_soon()
        elif "job" in entities:
            self._read_overview()
        self.read_asset()
        self.panels.refresh()

    def _read_overview(self) -> None:
        def show(overview: browse.Overview) -> None:
            self.overview = overview
            self.show_title_lines()

        self.runner.run(browse.load_overview, self.workspace, then=show, slot="overview")

    def on_line_list_loaded(self) -> None:
        """Rows that pictures may wait for."""
        self.sheet.follow()
        self.queue_rows.follow()

    def on_line_list_highlighted(self, message: LineList.Highlighted) -> None:
        """The queue's cursor stands on another asset."""
        self.sheet.follow()
        self.queue_rows.follow()
        row: Asset | None = message.row
        if row is not None:
            self.select(row.id)
        self.show_title_lines()

    def select(self, asset_id: int | None) -> None:
        """Look at another asset; nothing of the one before stays in doubt on the screen."""
        if asset_id == self.state.asset_id:
            return
        state = self.state
        if self.entry.is_open and self.typing.belongs_to_asset:
            self.entry.leave()
        if state.mode is Mode.FIX:
            self.act("fix.close")
        if state.mode in {Mode.MARK, Mode.COMPARE, Mode.NOTES, Mode.PROBE}:
            self.act(f"{state.mode}.close")
        state.asset_id, state.view, state.number, state.note_id = asset_id, None, None, None
        state.comparison, state.probe, state.tone = None, None, Tone()
        state.chosen_notes.clear()
        self.panes.clear()
        self.single.show(None)
        self.show_asset()
        self.haste.move()

    def read_asset(self) -> None:
        """Read the facts of the asset on the screen again."""
        if self.state.asset_id is not None:
            self.runner.run(browse.load_asset, self.workspace, self.state.asset_id, then=self._take, slot="asset")

    def _take(self, view: browse.AssetView) -> None:
        if view.asset.id != self.state.asset_id:
            return
        before = self.state.shown_version
        old_view = self.state.view
        self.state.view = view
        if view.asset.head_id is None:
            self._register(view.asset)
        self._keep_looking(before, old_view, view)
        self.show_asset()
        self.showing.show_preview()
        self.finishing.look_for_landed(view)

    def _keep_looking(self, before: Version | None, old: browse.AssetView | None, view: browse.AssetView) -> None:
        """A new head does not slip under the eyes of somebody who looks closely: it is announced instead."""
        is_own_pick = view.asset.head_id is not None and view.asset.head_id == self.looking.picked_id
        if is_own_pick:
            self.looking.picked_id = None  # told already; the next time it may be somebody else's
        if before is None or old is None or old.asset.head_id == view.asset.head_id or self.state.number is not None:
            return
        head = view.head
        if self.state.mode is Mode.BROWSE or head is None or head.version.id == before.id:
            return
        self.state.number = before.number
        self._announced = head.version.id
        if not is_own_pick:
            self.say(landed_words(view, head), lasting=True)

    def _register(self, asset: Asset) -> None:
        """A file that is only found becomes a version because somebody looks at it."""
        if asset.id in self._registering or self.workspace.store.read_only:
            return
        self._registering.add(asset.id)
        self.runner.run(
            register_asset, self.workspace, self.decoder, asset.id,
            then=lambda _: self._registering.discard(asset.id),
        )  # fmt: skip

    def look_at_head(self) -> None:
        """The version under review."""
        self.state.number = None
        self.show_asset()

    # Showing

    def show_asset(self) -> None:
        """Bring picture and panes in line with the state."""
        shown = self.state.shown_version
        if shown is not None and shown.id == self._announced:
            self._announced = None
            self.say(Content(""))
        self.showing.show_picture()
        self.showing.check_bytes()
        self.show_overlays()
        self._show_panes()
        self.show_title_lines()
        self.deciding.note_seen()

    def show_overlays(self) -> None:
        """Frames on the pictures, by mode."""
        self.showing.show_overlays()

    def _show_panes(self) -> None:
        view = self.state.view
        focused = self.state.mode is Mode.NOTES
        self._notes.focused_pane = self._under.focused_pane = focused
        self.set_class(self.state.asset_id is None, "-nothing")
        if view is None or view.asset.id != self.state.asset_id:
            for pane in (self._versions, self._notes, self._decisions, self._proof, self._under):
                pane.set_rows("", [])
            return
        now = self.workspace.clock.now()
        shown = self.state.shown
        number = None if shown is None else shown.version.number
        tree = version_rows(view, number, now)
        place = next((n for n, one in enumerate(tree) if one.plain.startswith("▌")), 0)
        self._versions.set_rows("versions", tree, focus=place)
        chosen = frozenset(self.state.chosen_notes)
        rows, focus = note_rows(
            view, self.state.note_id, now, threads=True, width_cells=self._notes.size.width, chosen=chosen
        )
        empty = [styled(" none yet: d marks a flaw", "$role-muted")]
        self._notes.set_rows(notes_title(view), rows or empty, focus=focus)
        brief, focus = note_rows(
            view, self.state.note_id, now, threads=focused, width_cells=self._under.size.width, chosen=chosen
        )
        self._under.set_rows(notes_title(view), brief, focus=focus)
        self._under.set_class(not brief, "-empty")
        self._decisions.set_rows(
            "decisions", decision_rows(view, now, self._decisions.size.width) or [styled(" none yet", "$role-muted")]
        )
        self._proof.set_rows("proof", [] if shown is None else [*proof_rows(shown), *proof_extras(view, shown)])

    def _check_widths(self) -> None:
        """Rows are broken for the width of their pane, which is nothing while a panel stands in its place."""
        widths = tuple(pane.size.width for pane in (self._notes, self._under, self._decisions))
        if widths != self._pane_widths:
            self._pane_widths = widths
            self.call_later(self._show_panes)

    def show_title_lines(self) -> None:
        """Top line, the line above the picture, status and footer."""
        self._top.set(*top_line(self))
        self._title.set(*picture_title(self, self._title.size.width))
        self._keys.set(*footer_line(self))
        self.comparing.show_pane_words()
        self.queue.set_title(queue_title(self), focused=self.state.mode is Mode.BROWSE)
        self._show_status()

    def _show_status(self) -> None:
        self._status.set(*status_line(self, self._message[0]))

    # Messages of the picture

    def on_picture_view_painted(self, message: PictureView.Painted) -> None:
        """The terminal has drawn the picture: decisions are armed."""
        self.round_trip_ms = message.evidence.acknowledged_ms
        self.terminal_is_silent = False
        self.show_title_lines()
        self.showing.prefetch_neighbour()

    def on_picture_view_unacknowledged(self) -> None:
        """The terminal stays silent: decisions ask for a typed y."""
        self.terminal_is_silent = True
        self.show_title_lines()

    def on_picture_view_failed(self, message: PictureView.Failed) -> None:
        """The picture cannot be shown."""
        self.say_error(message.error)
        self.show_title_lines()

    def on_picture_view_view_changed(self) -> None:
        """Zoom or place changed."""
        self.show_title_lines()

    def on_picture_view_rect_dragged(self, message: PictureView.RectDragged) -> None:
        """A rectangle by mouse: begins or replaces the region that is being drawn."""
        if self.state.mode in {Mode.BROWSE, Mode.VIEW, Mode.MARK} and not self.entry.is_open:
            self.marking.begin_with(message.rect, final=message.final)

    def on_picture_view_pixel_clicked(self, message: PictureView.PixelClicked) -> None:
        """A click looks at the picture, or puts a note in focus."""
        if self.state.mode is Mode.BROWSE and self.state.asset_id is not None:
            self.enter(Mode.VIEW)
        view, version = self.state.view, self.state.shown_version
        if self.state.mode is Mode.VIEW and view is not None and version is not None:
            for one in view.notes:
                mask = one.note.mask
                if (
                    mask is not None
                    and mask.size == version.size
                    and any(region.contains(message.x, message.y) for region in mask.regions)
                ):
                    self.state.note_id = one.note.id
                    self.show_asset()

    def on_panes_chosen(self, message: Panes.Chosen) -> None:
        """A click frames a pane."""
        self.comparing.frame(message.place)

    def on_picture_view_zoom_requested(self, message: PictureView.ZoomRequested) -> None:
        """The wheel."""
        self.picture.zoom_by(message.steps, message.about)

    # Typing, drafts and choices

    def ask(self, prompt: Content, **options: Any) -> None:
        """Open the line for typing; see ``Typing.ask``."""
        self.typing.ask(prompt, **options)

    def choose(self, title: str, options: Sequence[Option[T]], then: Callable[[T], object], **more: Any) -> None:
        """Offer a list with a letter each; see ``Choosing.choose``."""
        self.choosing.choose(title, options, then, **more)
