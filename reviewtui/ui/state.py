"""The only state that the UI owns: what is looked at and how. Every fact comes from services."""

from dataclasses import dataclass, field

from reviewtui.model.entities import Version
from reviewtui.services.browse import AssetView, NoteView, VersionView
from reviewtui.ui.marking import Marking
from reviewtui.ui.modes import Mode


@dataclass(slots=True)
class Comparison:
    """Two versions of one asset, flipped in place.

    Attributes:
        champion: version number in the A place.
        challenger: version number in the B place.
        shows_b: whether B is on the screen.
        area: index of the changed area that was walked to, or None.
    """

    champion: int
    challenger: int
    shows_b: bool = True
    area: int | None = None

    @property
    def framed(self) -> int:
        """Version number on the screen."""
        return self.challenger if self.shows_b else self.champion

    @property
    def side(self) -> str:
        """``A`` or ``B``."""
        return "B" if self.shows_b else "A"


@dataclass(slots=True)
class ViewState:
    """What one desk looks at.

    Attributes:
        asset_id: asset under the queue's cursor.
        view: its facts as read last; may belong to an earlier asset while reading.
        number: version on the screen; None follows the head.
        follows_head: whether a new head is shown by itself.
        note_id: note in focus.
        pinned: version number pinned as champion, by asset id.
        pressed: keys of an unfinished sequence.
        count: digits typed before a key.
        layout: 0 normal, 1 theatre, 2 picture alone.
        seen_decisions: newest decision id that was on the screen, by version id.
    """

    mode: Mode = Mode.BROWSE
    query: str = ""
    order: str = "name"
    asset_id: int | None = None
    view: AssetView | None = None
    number: int | None = None
    note_id: int | None = None
    pinned: dict[int, int] = field(default_factory=dict)
    marking: Marking | None = None
    comparison: Comparison | None = None
    pressed: tuple[str, ...] = ()
    count: str = ""
    layout: int = 0
    seen_decisions: dict[int, int] = field(default_factory=dict)

    @property
    def shown(self) -> VersionView | None:
        """The version on the screen."""
        if self.view is None or self.view.asset.id != self.asset_id:
            return None
        if self.comparison is not None:
            return self.view.find_number(self.comparison.framed)
        if self.number is not None:
            return self.view.find_number(self.number)
        return self.view.head

    @property
    def shown_version(self) -> Version | None:
        """Its record."""
        shown = self.shown
        return None if shown is None else shown.version

    @property
    def is_head_shown(self) -> bool:
        """Whether the version on the screen is the head."""
        version = self.shown_version
        return version is not None and self.view is not None and version.id == self.view.asset.head_id

    @property
    def note(self) -> NoteView | None:
        """The note in focus."""
        if self.view is None or self.note_id is None:
            return None
        return next((one for one in self.view.notes if one.note.id == self.note_id), None)

    def take_count(self) -> int | None:
        """The typed count, once."""
        count, self.count = self.count, ""
        return int(count) if count else None
