"""Looking at a picture: versions, zoom, pan, overlays, facts."""

from fractions import Fraction

from reviewtui.model.entities import Asset, Version
from reviewtui.model.lifecycle import NOTE_DONE
from reviewtui.services import review
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Overlay, OverlayKind, Surround
from reviewtui.ui.pictures.painter import PALETTE
from reviewtui.ui.text import line, styled, text

_FAR_CELLS = 10
_PAN_CELLS = (4, 2)


class LookingActions(Area):
    """Versions, zoom, pan."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        zooms: dict[str, Action] = {f"zoom.{n}": self._zoomer(n) for n in range(1, 9)}
        return {
            **zooms,
            "zoom.fit": lambda: self.desk.picture.fit(),
            "zoom.in": lambda: self.desk.picture.zoom_by(1, self.state.probe),
            "zoom.out": lambda: self.desk.picture.zoom_by(-1, self.state.probe),
            "pan.left": lambda: self._pan(-1, 0),
            "pan.right": lambda: self._pan(1, 0),
            "pan.up": lambda: self._pan(0, -1),
            "pan.down": lambda: self._pan(0, 1),
            "pan.far_left": lambda: self._pan(-1, 0, far=True),
            "pan.far_right": lambda: self._pan(1, 0, far=True),
            "pan.far_up": lambda: self._pan(0, -1, far=True),
            "pan.far_down": lambda: self._pan(0, 1, far=True),
            "view.surround": self._next_surround,
            "view.pin": self._pin,
            "version.next": lambda: self._step_version(1),
            "version.previous": lambda: self._step_version(-1),
            "version.latest": self._latest,
            "version.head": self.desk.look_at_head,
            "version.parent": self._parent,
            "version.root": self._root,
            "version.pick": self._pick,
        }

    def effect(self, binding_id: str) -> str | None:
        """Versions need some; going to another one, or making it the head, needs another one."""
        version = self.state.shown_version
        if version is None:
            return None if binding_id != "view.surround" else ""
        if binding_id == "version.pick":
            return None if self.state.is_head_shown else f"v{version.number} becomes the head"
        if binding_id in {"version.next", "version.previous"}:
            return None if self.state.view is None or len(self.state.view.versions) == 1 else ""
        if binding_id == "version.parent":
            return None if version.parent_number is None else f"v{version.parent_number}"
        return ""

    def _zoomer(self, factor: int) -> Action:
        def zoom() -> None:
            self.desk.picture.zoom_to(Fraction(factor), self.state.probe)
            self._say_pixels()

        return zoom

    def _say_pixels(self) -> None:
        """Whether single pixels can be judged now, in honest words."""
        picture = self.desk.picture
        words = picture.viewport.pixel_words
        if picture.painter.name == "text":
            words = "only words are shown here: no pixel can be judged"
        elif picture.truth == PALETTE:
            words += ", in fewer colours than it has"
        self.desk.say(styled(words, "$role-muted"))

    def _pan(self, dx: int, dy: int, *, far: bool = False) -> None:
        picture = self.desk.picture
        if picture.viewport.is_fit:
            if dy and not far and self.state.mode is Mode.VIEW:
                self.desk.queue_actions.step(dy)
            return
        step = _FAR_CELLS if far else 1
        picture.pan(dx * _PAN_CELLS[0] * step, dy * _PAN_CELLS[1] * step)

    def _next_surround(self) -> None:
        greys = list(Surround)
        surround = greys[(greys.index(self.desk.picture.surround) + 1) % len(greys)]
        for view in self.desk.showing.views:
            view.surround = surround
        self.desk.say(styled(f"surround {surround.value}", "$role-muted"))

    def _pin(self) -> None:
        version = self.state.shown_version
        if version is not None:
            self.state.pinned[version.asset_id] = version.number
            self.desk.say(styled(f"v{version.number} is pinned: C compares against it", "$role-muted"))

    # Versions

    def show_number(self, number: int) -> None:
        """Put a version of this asset on the screen."""
        view = self.state.view
        if view is not None and view.find_number(number) is not None:
            self.state.number = number
            self.desk.show_asset()

    def _step_version(self, delta: int) -> None:
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        numbers = [one.version.number for one in view.versions]
        place = numbers.index(version.number) + delta * (self.state.take_count() or 1)
        self.show_number(numbers[min(max(place, 0), len(numbers) - 1)])

    def _latest(self) -> None:
        if self.state.view is not None and self.state.view.versions:
            self.show_number(self.state.view.versions[-1].version.number)

    def _parent(self) -> None:
        version = self.state.shown_version
        if version is None:
            return
        if version.parent_number is None:
            self.desk.say(styled(f"nobody knows what v{version.number} was made from", "$role-muted"))
        else:
            self.show_number(version.parent_number)

    def _root(self) -> None:
        version = self.state.shown_version
        view = self.state.view
        while version is not None and view is not None and version.parent_number is not None:
            above = view.find_number(version.parent_number)
            if above is None:
                break
            version = above.version
        if version is not None:
            self.show_number(version.number)

    picked_id: int | None = None
    """The version that is being made the head here; nobody needs to be told of it."""

    def _pick(self) -> None:
        version = self.state.shown_version
        if version is not None and not self.state.is_head_shown:
            self.pick(version)

    def pick(self, version: Version) -> None:
        """Make a version the head."""
        assert self.state.view is not None
        self.picked_id = version.id
        name = f"{self.state.view.asset.key}@{version.number}"
        self.desk.runner.run(
            review.pick,
            self.desk.workspace,
            name,
            act_key=self.desk.new_act_key(),
            then=self._picked,
            ordered=True,
        )

    def _picked(self, asset: Asset) -> None:
        words = styled(f" v{asset.head_number} is the head", "$role-text")
        undo = styled("  z takes it back", "$role-muted")
        self.desk.say(line(styled("✓ ", "$role-approved"), text(asset.key), words, undo))

    # Overlays

    def overlays(self) -> list[Overlay]:
        """Frames of the notes that lie on the version on the screen."""
        version = self.state.shown_version
        return [] if version is None else self.overlays_on(version)

    def overlays_on(self, version: Version) -> list[Overlay]:
        """Frames of the asset's notes as they lie on one of its versions."""
        view = self.state.view
        if view is None:
            return []
        frames: list[Overlay] = []
        for index, one in enumerate(view.notes):
            note = one.note
            fits = note.mask is not None and note.mask.size == version.size
            focused = note.id == self.state.note_id
            if not fits or (note.state in NOTE_DONE and not focused):
                continue
            kind = OverlayKind.NOTE_FOCUSED if focused else OverlayKind.NOTE
            assert note.mask is not None
            frames.extend(
                Overlay(region, kind, note.flaw.value if place == 0 else "", index + 1 if place == 0 else None)
                for place, region in enumerate(note.mask.regions)
            )
        return frames
