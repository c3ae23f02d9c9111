"""COMPARE: two versions of one asset flipped, wiped, subtracted, overlaid or side by side; walk their changes; pick."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from reviewtui.imaging.differences import Areas
from reviewtui.model.entities import Version
from reviewtui.services.browse import AssetView
from reviewtui.services.comparing import Measured
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.compare_words import GRID_ROOM_CELLS, pane_line, sizes, why_not_composed
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import GAINS, Difference, Overlaid, Overlay, OverlayKind, PictureSource, Wipe
from reviewtui.ui.state import COMPOSED, MANY, Comparison, Look
from reviewtui.ui.text import styled
from reviewtui.ui.tournament import Tournament, find_tournament
from reviewtui.ui.widgets.panes import MOST_PANES

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

_WIPE_STEPS = 24
_PERCENTS = (0, 25, 50, 75, 100)
_NEEDS_LOOK = {
    "compare.edge_left": (Look.WIPE,),
    "compare.edge_right": (Look.WIPE,),
    "compare.gain_up": (Look.DIFFERENCE,),
    "compare.gain_down": (Look.DIFFERENCE,),
    "compare.lock": (Look.PAIR, Look.GRID),
}


class ComparingActions(Area):
    """Mode COMPARE."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing measured."""
        super().__init__(desk)
        self._comparer = desk.showing.comparer
        self._measured: tuple[int, int, Measured] | None = None

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        places: dict[str, Action] = {f"compare.{n}": partial(self._choose_number, n) for n in range(1, 10)}
        return {
            **places,
            "compare.open": self._open,
            "compare.close": self.close,
            "compare.back": self._back,
            "compare.flip": self.flip,
            "compare.next": lambda: self._step(1),
            "compare.previous": lambda: self._step(-1),
            "compare.wipe": lambda: self._toggle(Look.WIPE),
            "compare.edge_left": lambda: self._move_edge(-1),
            "compare.edge_right": lambda: self._move_edge(1),
            "compare.difference": lambda: self._toggle(Look.DIFFERENCE),
            "compare.gain_down": lambda: self._change_gain(-1),
            "compare.gain_up": lambda: self._change_gain(1),
            "compare.overlay": self._next_overlay,
            "compare.pair": lambda: self._toggle(Look.PAIR),
            "compare.grid": lambda: self._toggle(Look.GRID),
            "compare.lock": self._lock,
            "compare.frame_next": lambda: self._turn_frame(1),
            "compare.frame_previous": lambda: self._turn_frame(-1),
            "compare.pick": self._pick,
            "compare.champion": self._champion,
            "compare.stay": self._stay,
            "compare.area_next": lambda: self._walk(1),
            "compare.area_previous": lambda: self._walk(-1),
        }

    def effect(self, binding_id: str) -> str | None:
        """Comparing needs two versions; some keys need their look."""
        view = self.state.view
        if view is None or len(view.versions) < 2:
            return "" if binding_id in {"compare.close", "compare.back"} else None
        pair = self.state.comparison
        if binding_id == "compare.stay" and (pair is None or pair.tournament is None or pair.look is Look.GRID):
            return None
        looks = _NEEDS_LOOK.get(binding_id)
        if looks is not None and (pair is None or pair.look not in looks):
            return None
        if binding_id.removeprefix("compare.").isdigit():
            number = int(binding_id.removeprefix("compare."))
            return "" if view.find_number(number) is not None else None
        return "" if pair is None else self._effect_on(pair, binding_id)

    def _effect_on(self, pair: Comparison, binding_id: str) -> str:
        if binding_id == "compare.flip":
            if pair.look in COMPOSED:
                return f"B v{pair.challenger} alone"
            if pair.look in MANY:
                return "the other pane"
            return f"to {'A' if pair.shows_b else 'B'} v{pair.champion if pair.shows_b else pair.challenger}"
        return f"v{pair.framed}" if binding_id == "compare.pick" else ""

    # Opening and leaving

    def _open(self) -> None:
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        champion = self.state.pinned.get(view.asset.id)
        if champion is None and (tournament := find_tournament(view, version)) is not None:
            self.open_tournament(tournament, version.number)
            return
        if champion is None and (landed := self._landed_from(view, version)) is not None:
            # The fix of what is on the screen landed: before and after is what a reviewer wants to see.
            self.open_pair(version.number, landed)
            return
        if champion is None or champion == version.number:
            champion = version.parent_number
        if champion is None:
            others = [one.version.number for one in view.versions if one.version.number < version.number]
            champion = others[-1] if others else None
        if champion is None and len(view.versions) > 1:
            # The first one: beside what became of it.
            self.open_pair(version.number, view.versions[-1].version.number)
            return
        if champion is None:
            self.desk.say(styled("nothing to compare with: this is the only version", "$role-muted"))
            return
        self.open_pair(champion, version.number)

    @staticmethod
    def _landed_from(view: AssetView, version: Version) -> int | None:
        """Number of the head when it was made from this version, at any distance."""
        head = view.head
        above = None if head is None or head.version.id == version.id else head
        while above is not None and above.version.parent_number is not None:
            if above.version.parent_number == version.number and above.version.source == "job":
                return view.asset.head_number
            above = view.find_number(above.version.parent_number)
        return None

    def open_pair(self, champion: int, challenger: int) -> None:
        """Compare two versions of the asset on the screen; B is shown first."""
        self.state.comparison = Comparison(champion, challenger)
        self.desk.enter(Mode.COMPARE)
        view = self.state.view
        if view is not None and (other := view.find_number(champion)) is not None:
            self.desk.showing.prefetch_other(other.version)
        self._say_sizes()

    def open_tournament(self, tournament: Tournament, number: int) -> None:
        """Choose among candidates, two at a time; ``number`` is among the first two when it is one of them."""
        first, second = tournament.left[:2]
        self.open_pair(first, number if number in tournament.left and number != first else second)
        assert self.state.comparison is not None
        self.state.comparison.tournament = tournament
        self.desk.show_title_lines()

    def _knock_out(self, pair: Comparison, loser: int) -> None:
        """A candidate is out: the winner meets the next one; the last one meets what all were made from."""
        assert pair.tournament is not None
        winner = pair.champion if loser == pair.challenger else pair.challenger
        left = pair.tournament.without(loser)
        following = left.next_after(loser, winner)
        if following is None:
            pair.tournament = None
            pair.champion = left.base
            self._challenge(pair, winner)
            words = f"v{winner} is the last of {left.total}: y makes it head, Space flips with v{left.base}"
            self.desk.say(styled(words, "$role-verify"), lasting=True)
            return
        pair.tournament, pair.champion = left, winner
        self._challenge(pair, following)

    def _stay(self) -> None:
        """A stays, B is out."""
        pair = self.state.comparison
        if pair is not None and pair.tournament is not None:
            self._knock_out(pair, pair.challenger)

    def _say_sizes(self) -> None:
        found = self._versions()
        if found is not None and found[0].size != found[1].size:
            self.desk.say(styled(f"other sizes: {sizes(*found)}", "$role-changes"))

    def close(self) -> None:
        """Back to the picture, at the version that was framed, or in the B place."""
        pair = self.state.comparison
        number = None if pair is None else pair.framed if pair.look is Look.GRID else pair.challenger
        # The panes hand their place over while they still know it.
        self.state.comparison = None
        if number is not None:
            self.state.number = number
        self.desk.enter(Mode.VIEW)

    def _back(self) -> None:
        pair = self.state.comparison
        if pair is None or pair.look is Look.FLIP:
            self.close()
        else:
            self._look_so(pair, Look.FLIP)

    # Ways of looking

    def flip(self) -> None:
        """The other one in the same place; from a composed picture to B alone; from pane to pane."""
        pair = self.state.comparison
        if pair is None:
            return
        if pair.look in MANY:
            self._turn_frame(1)
        elif pair.look in COMPOSED:
            pair.shows_b = True
            self._look_so(pair, Look.FLIP)
        else:
            pair.shows_b = not pair.shows_b
            self.desk.show_asset()

    def _toggle(self, look: Look) -> None:
        """Show them so; the same key again flips as before."""
        pair = self.state.comparison
        if pair is not None:
            self._look_so(pair, Look.FLIP if pair.look is look else look)

    def _look_so(self, pair: Comparison, look: Look) -> None:
        refusal = self._why_not(look)
        if refusal:
            self.desk.say(styled(refusal, "$role-changes"))
            return
        if look is Look.GRID:
            self._fill_grid(pair)
        elif pair.look is Look.GRID:
            self._leave_grid(pair)
        pair.look = look
        if look is Look.WIPE:
            box = self.desk.picture.viewport.box
            if pair.edge_px is None or not box.x < pair.edge_px < box.right:
                pair.edge_px = box.x + box.width // 2
        self._show()

    def _why_not(self, look: Look) -> str:
        found = self._versions()
        if found is None:
            return "there is nothing to compare with"
        if look is Look.GRID and not self._has_grid_room():
            width, height = self.desk.app.size
            return (
                f"a grid needs {GRID_ROOM_CELLS[0]}×{GRID_ROOM_CELLS[1]} cells, here are {width}×{height}; s shows two"
            )
        return why_not_composed(look, *found)

    def _show(self) -> None:
        pair = self.state.comparison
        if pair is not None and pair.look is Look.DIFFERENCE:
            self._measure()
        self.desk.lay_out()
        self.desk.show_asset()

    def _has_grid_room(self) -> bool:
        width, height = self.desk.app.size
        return width >= GRID_ROOM_CELLS[0] and height >= GRID_ROOM_CELLS[1]

    def fit_room(self) -> None:
        """The terminal has another size: a grid without room becomes a pair."""
        pair = self.state.comparison
        if pair is not None and pair.look is Look.GRID and not self._has_grid_room():
            self._leave_grid(pair)
            pair.look = Look.PAIR
            self.desk.call_later(self._show)

    def _move_edge(self, direction: int) -> None:
        pair = self.state.comparison
        if pair is None or pair.look is not Look.WIPE or pair.edge_px is None:
            return
        box = self.desk.picture.viewport.box
        edge = min(max(pair.edge_px, box.x), box.right) + direction * max(box.width // _WIPE_STEPS, 1)
        pair.edge_px = min(max(edge, box.x), box.right)
        self.desk.show_asset()

    def _change_gain(self, direction: int) -> None:
        pair = self.state.comparison
        if pair is not None and pair.look is Look.DIFFERENCE:
            place = GAINS.index(pair.gain) + direction
            pair.gain = GAINS[min(max(place, 0), len(GAINS) - 1)]
            self.desk.show_asset()

    def _next_overlay(self) -> None:
        pair = self.state.comparison
        if pair is None:
            return
        if pair.look is Look.OVERLAY:
            pair.percent = _PERCENTS[(_PERCENTS.index(pair.percent) + 1) % len(_PERCENTS)]
            self.desk.show_asset()
        else:
            self._look_so(pair, Look.OVERLAY)

    # Which versions

    def _versions(self) -> tuple[Version, Version] | None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return None
        first, second = view.find_number(pair.champion), view.find_number(pair.challenger)
        return None if first is None or second is None else (first.version, second.version)

    def composed(self) -> PictureSource | None:
        """The picture that is made of both versions, or None where one is shown as it is."""
        pair, found = self.state.comparison, self._versions()
        if pair is None or found is None or pair.look not in COMPOSED:
            return None
        first, second = map(self.desk.showing.source_of, found)
        if pair.look is Look.WIPE:
            return Wipe(first, second, pair.edge_px or 0)
        if pair.look is Look.DIFFERENCE:
            return Difference(first, second, pair.gain)
        return Overlaid(first, second, pair.percent)

    def pane_versions(self) -> list[Version]:
        """Versions of the panes; empty for looks with one picture."""
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None or view.asset.id != self.state.asset_id:
            return []
        found = [view.find_number(number) for _, number in pair.panes]
        return [one.version for one in found if one is not None]

    def _choose_number(self, number: int) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        if view.find_number(number) is None:
            self.desk.say(styled(f"there is no v{number}", "$role-muted"))
        elif pair.look is Look.GRID:
            if number in pair.grid:
                self.frame(pair.grid.index(number))
        else:
            self._challenge(pair, number)

    def _challenge(self, pair: Comparison, number: int) -> None:
        pair.challenger, pair.shows_b = number, True
        pair.forget_areas()
        refusal = self._why_not(pair.look)
        if refusal:
            pair.look = Look.FLIP
        self._show()
        if refusal:
            self.desk.say(styled(refusal, "$role-changes"))
        else:
            self._say_sizes()

    def _step(self, delta: int) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        if pair.look is Look.GRID:
            self._turn_frame(delta)
            return
        known = [one.version.number for one in view.versions]
        among = known if pair.tournament is None else pair.tournament.left
        numbers = [number for number in among if number != pair.champion]
        if pair.challenger in numbers:
            place = numbers.index(pair.challenger) + delta
            self._challenge(pair, numbers[place % len(numbers)])

    def _pick(self) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        chosen = view.find_number(pair.framed if pair.look is Look.GRID else pair.challenger)
        if chosen is not None:
            self.desk.looking.pick(chosen.version)

    def _champion(self) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        if pair.tournament is not None and pair.look is not Look.GRID:
            self._knock_out(pair, pair.champion)
            return
        if pair.look is Look.GRID:
            if pair.framed != pair.champion:
                pair.champion, pair.challenger = pair.framed, pair.champion
            self.desk.say(styled(f"v{pair.champion} is the champion: A", "$role-muted"))
        else:
            pair.champion, pair.challenger = pair.challenger, pair.champion
            pair.shows_b = not pair.shows_b
        pair.forget_areas()
        self.state.pinned[view.asset.id] = pair.champion
        self._show()

    # Panes

    def _fill_grid(self, pair: Comparison) -> None:
        """Up to nine versions, newest first; A is always among them."""
        assert self.state.view is not None
        framed = pair.framed
        numbers = [one.version.number for one in reversed(self.state.view.versions)][:MOST_PANES]
        for wanted in (pair.champion, framed):
            if wanted not in numbers:
                numbers[-1 if wanted == pair.champion else -2] = wanted
        pair.grid = tuple(numbers)
        pair.place = numbers.index(framed)

    def _leave_grid(self, pair: Comparison) -> None:
        """The framed version stays in view as B."""
        framed = pair.framed
        if framed != pair.champion:
            if framed != pair.challenger:
                pair.forget_areas()
            pair.challenger = framed
        pair.shows_b = framed != pair.champion

    def _turn_frame(self, direction: int) -> None:
        pair = self.state.comparison
        if pair is None:
            return
        if pair.panes:
            self.frame((pair.framed_place + direction) % len(pair.panes))
        elif pair.look is Look.FLIP:
            self.flip()

    def frame(self, place: int) -> None:
        """Another pane receives the decisions."""
        pair = self.state.comparison
        if pair is None or place >= len(pair.panes):
            return
        if pair.look is Look.GRID:
            pair.place = place
        else:
            pair.shows_b = bool(place)
        self.desk.show_asset()

    def _lock(self) -> None:
        pair = self.state.comparison
        if pair is not None and pair.panes:
            pair.locked = not pair.locked
            self.desk.panes.set_locked(pair.locked)
            words = "all panes move together" if pair.locked else "each pane moves alone, Y locks them again"
            self.desk.say(styled(words, "$role-muted"))

    def framed_name(self) -> str:
        """Name of the pane that receives decisions, with a space behind it; empty when there is only one picture."""
        pair = self.state.comparison
        return f"{pair.side} " if pair is not None and pair.look is Look.PAIR else ""

    def why_no_decision(self) -> str:
        """Why what is on the screen cannot be decided on; empty when it can."""
        pair = self.state.comparison
        if pair is not None and pair.look in COMPOSED:
            name = {Look.WIPE: "a wipe", Look.DIFFERENCE: "a difference", Look.OVERLAY: "an overlay"}[pair.look]
            return f"{name} is the look of no version, Space shows B alone"
        return ""

    def show_pane_words(self) -> None:
        """The lines above the panes."""
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None or not pair.panes:
            return
        versions, views = self.pane_versions(), self.desk.panes.views
        words: list[tuple[Content, Content]] = []
        for place, ((name, _), version, picture) in enumerate(zip(pair.panes, versions, views, strict=False)):
            framed, shown_name = place == pair.framed_place, "" if pair.look is Look.GRID else name
            zoom, width, tone = picture.viewport.words, picture.size.width, self.state.tone.words
            words.append(pane_line(view, shown_name, version, framed=framed, tone=tone, zoom=zoom, width_cells=width))
        self.desk.panes.set_words(words)

    # Measuring and walking

    def find_measured(self) -> Measured | None:
        """What was counted for the pair on the screen, or None while it is not known."""
        found = self._versions()
        kept = self._measured
        if kept is None or found is None or kept[:2] != (found[0].id, found[1].id):
            return None
        return kept[2]

    def _measure(self) -> None:
        view, found = self.state.view, self._versions()
        if view is None or found is None or self.find_measured() is not None:
            return
        first, second = found

        def show(measured: Measured) -> None:
            self._measured = (first.id, second.id, measured)
            self.desk.show_title_lines()

        self.desk.runner.run(self._comparer.measure, view.versions, first, second, then=show, slot="measure")

    def _walk(self, delta: int) -> None:
        pair, found = self.state.comparison, self._versions()
        if pair is None or found is None:
            return
        if found[0].size != found[1].size:
            self.desk.say(styled(f"no changed areas: {sizes(*found)}", "$role-changes"))
        elif pair.areas is None:
            self.desk.say(styled("looking for changed pixels …", "$role-muted"), lasting=True)
            self.desk.runner.run(
                self._comparer.find_areas, *found, then=lambda areas: self._found(pair, found, areas, delta),
                slot="areas",
            )  # fmt: skip
        else:
            self._walk_on(pair, delta)

    def _found(self, pair: Comparison, versions: tuple[Version, Version], areas: Areas, delta: int) -> None:
        if self.state.comparison is not pair or self._versions() != versions:
            return
        pair.areas = areas
        self.desk.say(Content(""))
        self._walk_on(pair, delta)

    def _walk_on(self, pair: Comparison, delta: int) -> None:
        assert pair.areas is not None
        boxes = pair.areas.boxes
        if not boxes:
            self.desk.say(styled("not a single pixel differs", "$role-text"))
            return
        pair.area = (0 if delta > 0 else len(boxes) - 1) if pair.area is None else (pair.area + delta) % len(boxes)
        self.desk.picture.look_at(boxes[pair.area])
        self.desk.show_overlays()
        self.desk.show_title_lines()

    def overlays(self) -> list[Overlay]:
        """The changed area that was walked to."""
        pair = self.state.comparison
        if pair is None or pair.area is None or pair.areas is None:
            return []
        return [Overlay(pair.areas.boxes[pair.area], OverlayKind.CHANGED, "changed", pair.area + 1)]
