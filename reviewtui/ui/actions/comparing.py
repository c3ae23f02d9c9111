"""COMPARE: flip two versions of one asset in place, walk their changed areas, pick one."""

from functools import partial

from reviewtui.model.geometry import PixelRect
from reviewtui.services.browse import VersionView
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.state import Comparison
from reviewtui.ui.text import styled


class ComparingActions(Area):
    """Mode COMPARE."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        places: dict[str, Action] = {f"compare.{n}": partial(self._challenge, n) for n in range(1, 10)}
        return {
            **places,
            "compare.open": self._open,
            "compare.close": self.close,
            "compare.flip": self.flip,
            "compare.next": lambda: self._step(1),
            "compare.previous": lambda: self._step(-1),
            "compare.pick": self._pick,
            "compare.champion": self._champion,
            "compare.area_next": lambda: self._walk(1),
            "compare.area_previous": lambda: self._walk(-1),
        }

    def effect(self, binding_id: str) -> str | None:
        """Comparing needs two versions."""
        view = self.state.view
        if view is None or len(view.versions) < 2:
            return None if binding_id != "compare.close" else ""
        pair = self.state.comparison
        if binding_id == "compare.flip" and pair is not None:
            other = pair.champion if pair.shows_b else pair.challenger
            return f"to {'A' if pair.shows_b else 'B'} v{other}"
        if binding_id == "compare.pick" and pair is not None:
            return f"v{pair.challenger}"
        if binding_id.removeprefix("compare.").isdigit():
            number = int(binding_id.removeprefix("compare."))
            return "" if view.find_number(number) is not None else None
        return ""

    def _open(self) -> None:
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        champion = self.state.pinned.get(view.asset.id)
        if champion is None or champion == version.number:
            champion = version.parent_number
        if champion is None:
            others = [one.version.number for one in view.versions if one.version.number < version.number]
            champion = others[-1] if others else None
        if champion is None:
            self.desk.say(styled("nothing to compare with: this is the only version", "$role-muted"))
            return
        self.open_pair(champion, version.number)

    def open_pair(self, champion: int, challenger: int) -> None:
        """Compare two versions of the asset on the screen; B is shown first."""
        self.state.comparison = Comparison(champion, challenger)
        self.desk.enter(Mode.COMPARE)
        view = self.state.view
        if view is not None and (other := view.find_number(champion)) is not None:
            self.desk.prefetch(other.version)

    def close(self) -> None:
        """Back to the picture, at the version in the B place."""
        pair = self.state.comparison
        self.state.comparison = None
        if pair is not None:
            self.state.number = pair.challenger
        self.desk.enter(Mode.VIEW)

    def flip(self) -> None:
        """The other one, in the same place."""
        pair = self.state.comparison
        if pair is not None:
            pair.shows_b = not pair.shows_b
            self.desk.show_asset()

    def _challenge(self, number: int) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        if view.find_number(number) is None:
            self.desk.say(styled(f"there is no v{number}", "$role-muted"))
            return
        pair.challenger, pair.shows_b, pair.area = number, True, None
        self.desk.show_asset()

    def _step(self, delta: int) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return
        numbers = [one.version.number for one in view.versions if one.version.number != pair.champion]
        if pair.challenger in numbers:
            place = numbers.index(pair.challenger) + delta
            self._challenge(numbers[place % len(numbers)])

    def _pick(self) -> None:
        view, pair = self.state.view, self.state.comparison
        challenger = None if view is None or pair is None else view.find_number(pair.challenger)
        if challenger is not None:
            self.desk.looking.pick(challenger.version)

    def _champion(self) -> None:
        view, pair = self.state.view, self.state.comparison
        if view is not None and pair is not None:
            pair.champion, pair.challenger = pair.challenger, pair.champion
            pair.shows_b = not pair.shows_b
            self.state.pinned[view.asset.id] = pair.champion
            self.desk.show_asset()

    # Changed areas

    def areas(self) -> list[PixelRect]:
        """Where the two versions can differ, as far as fixes between them are recorded."""
        view, pair = self.state.view, self.state.comparison
        if view is None or pair is None:
            return []
        return changed_areas(list(view.versions), pair.champion, pair.challenger)

    def _walk(self, delta: int) -> None:
        pair = self.state.comparison
        areas = self.areas()
        if pair is None:
            return
        if not areas:
            self.desk.say(styled("no fix between these two is recorded: the whole picture may differ", "$role-muted"))
            return
        pair.area = (0 if delta > 0 else len(areas) - 1) if pair.area is None else (pair.area + delta) % len(areas)
        self.desk.picture.look_at(areas[pair.area])
        self.desk.show_overlays()

    def overlays(self) -> list[Overlay]:
        """The changed area that was walked to."""
        pair = self.state.comparison
        areas = self.areas()
        if pair is None or pair.area is None or pair.area >= len(areas):
            return []
        return [Overlay(areas[pair.area], OverlayKind.CHANGED, "changed", pair.area + 1)]


def changed_areas(versions: list[VersionView], one: int, other: int) -> list[PixelRect]:
    """Boxes of the fixes on the lineage path between two versions; empty when the path is not made of fixes."""
    by_number = {view.version.number: view for view in versions}

    def upwards(number: int) -> list[int]:
        path = [number]
        while (parent := by_number[path[-1]].version.parent_number) is not None and parent in by_number:
            path.append(parent)
        return path

    first, second = upwards(one), upwards(other)
    common = next((number for number in first if number in second), None)
    if common is None:
        return []
    steps = [*first[: first.index(common)], *second[: second.index(common)]]
    boxes = []
    for number in steps:
        proof = by_number[number].proof
        if proof is None:
            return []
        boxes.append(proof.box)
    return boxes
