"""The queue: reading it, moving in it, filtering and ordering it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewtui.model.entities import Asset
from reviewtui.model.errors import ReviewError
from reviewtui.model.lifecycle import AssetStatus
from reviewtui.services import browse
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled
from reviewtui.ui.widgets.line_list import PAGE_ROWS, LineList

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

NEEDS_ME = "needs:me"

_REST_FACTOR = 2.0
"""Reading the queue again and again takes at most a third of a processor."""
_SHORT_S = 0.1


@dataclass(frozen=True, slots=True)
class _Loaded:
    ids: list[int]
    cursor: int
    known: dict[int, Sequence[Asset]]
    overview: browse.Overview
    follows_cursor: bool = True


class QueueActions(Area):
    """Reading the queue and moving in it."""

    def __init__(self, desk: "Desk") -> None:
        """Begin with nothing read."""
        super().__init__(desk)
        self._took_s = 0.0
        self._waits = False

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {
            "queue.next": lambda: self.step(self._count()),
            "queue.previous": lambda: self.step(-self._count()),
            "queue.step_next": lambda: self.step(self._count()),
            "queue.step_previous": lambda: self.step(-self._count()),
            "queue.needs_next": lambda: self.jump(NEEDS_ME, 1),
            "queue.needs_previous": lambda: self.jump(NEEDS_ME, -1),
            "queue.approved_next": lambda: self.jump("status:approved", 1),
            "queue.skip": self.skip,
            "queue.first": self._first,
            "queue.last": lambda: self._list.move_to(self._list.count - 1),
            "queue.page_down": lambda: self.desk.rowing.page(1),
            "queue.page_up": lambda: self.desk.rowing.page(-1),
            "queue.filter": self.ask_filter,
            "queue.order_name": lambda: self.order("name"),
            "queue.order_age": lambda: self.order("age"),
            "queue.order_retakes": lambda: self.order("retakes"),
            "queue.order_waiting": lambda: self.order("waiting"),
            "queue.open": self.open,
        }

    def effect(self, binding_id: str) -> str | None:
        """The queue's actions need assets."""
        if self._list.count == 0 and binding_id != "queue.filter":
            return None
        return ""

    @property
    def _list(self) -> LineList[Asset]:
        return self.desk.queue.list

    def _count(self) -> int:
        return self.state.take_count() or 1

    def _first(self) -> None:
        count = self.state.take_count()
        self._list.move_to(0 if count is None else count - 1)

    def go_to_item(self, number: int) -> None:
        """Move to the n-th asset, from 1."""
        self._list.move_to(number - 1)

    def step(self, delta: int) -> None:
        """Move by some assets."""
        self._list.move(delta)

    def open(self) -> None:
        """Look at the picture."""
        if self.state.asset_id is not None:
            self.desk.enter(Mode.VIEW)

    def skip(self) -> None:
        """Write nothing and go to the next that needs the reviewer."""
        self.jump(NEEDS_ME, 1)

    def order(self, order: str) -> None:
        """Another order; the cursor stays on its asset."""
        self.state.order = order
        self.reload()

    # Reading

    def begin(self, rows: Sequence[Asset]) -> None:
        """Show the beginning of the queue, which is known, and read all of it.

        Args:
            rows: at most a page.
        """
        if rows:
            ids = [asset.id for asset in rows]
            self.desk.queue.set_ids(
                ids, lambda wanted: browse.load_queue_page(self.desk.workspace, wanted), cursor=0, known={0: rows}
            )
        self.reload()

    @property
    def is_waiting(self) -> bool:
        """Whether the queue is to be read again soon."""
        return self._waits

    def reload_soon(self) -> None:
        """Something changed: read the queue again. A long one is read seldom, however much changes."""
        if self._waits:
            return
        delay_s = _REST_FACTOR * self._took_s
        if delay_s < _SHORT_S:
            self.reload()
            return
        self._waits = True
        self.desk.set_timer(delay_s, self._reload_waiting)

    def _reload_waiting(self) -> None:
        self._waits = False
        self.reload()

    def reload(self, *, go_to: int | None = None) -> None:
        """Read the queue again; the cursor stays on its asset, or goes to another.

        Args:
            go_to: asset id.
        """
        wanted = go_to if go_to is not None else self.state.asset_id
        at = self._list.cursor

        def show(loaded: _Loaded) -> None:
            self._show(replace(loaded, follows_cursor=go_to is None))

        # What somebody looks at does not slip away because it no longer fits the filter.
        keeps = self.state.mode is not Mode.BROWSE and go_to is None
        self.desk.runner.run(
            self._load, self.state.query, self.state.order, wanted, at, keeps=keeps, then=show, slot="queue"
        )

    def _load(self, query: str, order: str, wanted: int | None, at: int, *, keeps: bool = False) -> _Loaded:
        workspace = self.desk.workspace
        began_s = time.monotonic()
        ids = browse.list_queue(workspace, query, order)
        if keeps and wanted is not None and wanted not in ids:
            ids.insert(min(at, len(ids)), wanted)
        cursor = ids.index(wanted) if wanted in ids else min(at, max(len(ids) - 1, 0))
        pages = {cursor // PAGE_ROWS, max(cursor - 60, 0) // PAGE_ROWS, min(cursor + 60, len(ids)) // PAGE_ROWS}
        known: dict[int, Sequence[Asset]] = {
            page: browse.load_queue_page(workspace, ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS])
            for page in pages
            if page * PAGE_ROWS < len(ids)
        }
        loaded = _Loaded(ids, cursor, known, browse.load_overview(workspace))
        self._took_s = time.monotonic() - began_s
        return loaded

    def _show(self, loaded: _Loaded) -> None:
        self.desk.overview = loaded.overview
        queue = self.desk.queue
        cursor = loaded.cursor
        here = queue.list.cursor_key
        # Keys that were pressed while the queue was read must not be taken back.
        if loaded.follows_cursor and here is not None and here in loaded.ids:
            cursor = loaded.ids.index(here)
        queue.list.empty_text = self._empty_words(loaded)
        queue.set_ids(
            loaded.ids, lambda ids: browse.load_queue_page(self.desk.workspace, ids), cursor=cursor,
            known=loaded.known,
        )  # fmt: skip
        if not loaded.ids:
            self.desk.select(None)
            self.desk.show_asset()
        self.desk.show_title_lines()

    def _empty_words(self, loaded: _Loaded) -> str:
        if self.state.query:
            return " nothing fits the filter\n / changes it"
        if loaded.overview.quarantined:
            return f" no picture that can be shown\n {loaded.overview.quarantined} set aside\n :aside says why"
        return " no pictures here yet\n they appear by themselves"

    # Jumping and filtering

    def jump(self, query: str, direction: int) -> None:
        """To the next asset that fits a query, round the end; the present one counts when its head is not shown."""
        count = self.state.take_count() or 1

        def find() -> int | None:
            fitting = set(browse.list_queue(self.desk.workspace, query))
            ids = self.desk.queue.ids
            if not ids:
                return None
            here = self._list.cursor
            around = [(here + direction * step) % len(ids) for step in range(1, len(ids) + 1)]
            found = [ids[place] for place in around if ids[place] in fitting]
            return found[min(count, len(found)) - 1] if found else None

        self.desk.hold.run(find, then=lambda found: self._jumped(found, query))

    def _jumped(self, asset_id: int | None, query: str) -> None:
        if asset_id is None:
            words = "nothing needs you" if query == NEEDS_ME else "nothing fits"
            self.desk.say(styled(words, "$role-muted"))
        elif asset_id == self.state.asset_id:
            self.desk.look_at_head()
            if query == NEEDS_ME:
                self.desk.say(styled("only this one needs you", "$role-muted"))
        else:
            self._list.move_to(self.desk.queue.ids.index(asset_id))

    def ask_filter(self) -> None:
        """Filter while typing; Esc goes back to the filter before."""
        before = self.state.query

        def leave(_: str) -> None:
            self.filter(before)

        self.desk.ask(
            styled(" / ", "$role-accent"),
            initial=before,
            submit=self.filter,
            leave=leave,
            changed=self._filter_quietly,
            complete=complete_query,
            belongs_to_asset=False,
        )

    def filter(self, query: str) -> None:
        """Take a filter; one that makes no sense is refused and the one before stays."""
        words = query.strip()

        def show(loaded: _Loaded) -> None:
            self.state.query = words
            self._show(loaded)

        self.desk.runner.run(
            self._load, words, self.state.order, self.state.asset_id, self._list.cursor, then=show, slot="queue"
        )

    def _filter_quietly(self, query: str) -> None:
        """Half a word may be no query yet: then the list stays as it is."""
        text = query.strip()

        def show(loaded: _Loaded) -> None:
            self.state.query = text
            self._show(loaded)

        def ignore(_: ReviewError) -> None:
            return

        self.desk.runner.run(
            self._load, text, self.state.order, self.state.asset_id, 0, then=show, failed=ignore, slot="queue"
        )


def complete_query(value: str) -> list[str]:
    """Endings of the last word of a query."""
    head, space, last = value.rpartition(" ")
    offers = [NEEDS_ME, *(f"status:{status}" for status in AssetStatus), "flaw:", "by:"]
    return [f"{head}{space}{offer}" for offer in offers if last and offer.startswith(last) and offer != last]
