"""The only state that the UI owns: what is looked at and how. Every fact comes from services."""

from dataclasses import dataclass, field
from enum import StrEnum

from reviewtui.imaging.differences import Areas
from reviewtui.model.entities import Version
from reviewtui.services.browse import AssetView, NoteView, VersionView
from reviewtui.ui.marking import Marking
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures.adjusted import Tone
from reviewtui.ui.tournament import Tournament


class Look(StrEnum):
    """How two or more versions are put on the screen."""

    FLIP = "flip"
    WIPE = "wipe"
    DIFFERENCE = "difference"
    OVERLAY = "overlay"
    PAIR = "side by side"
    GRID = "grid"


COMPOSED = frozenset({Look.WIPE, Look.DIFFERENCE, Look.OVERLAY})
"""Looks whose picture is made of two versions, so that it is the look of neither."""

MANY = frozenset({Look.PAIR, Look.GRID})
"""Looks with a pane for each version."""


@dataclass(slots=True)
class Comparison:
    """Two versions of one asset, or up to nine side by side.

    Attributes:
        champion: version number in the A place.
        challenger: version number in the B place.
        shows_b: whether B is on the screen, or framed where both are.
        look: how they are shown.
        edge_px: of the wipe, in pixels of A; None before the first wipe.
        gain: of the difference.
        percent: of B over A.
        locked: whether zoom and place of all panes move together.
        grid: version numbers of the grid.
        place: index of the framed pane of the grid.
        areas: where the two differ, None while that is not known.
        area: index of the changed area that was walked to, or None.
        tournament: candidates that are chosen among, or None.
    """

    champion: int
    challenger: int
    shows_b: bool = True
    look: Look = Look.FLIP
    edge_px: int | None = None
    gain: int = 1
    percent: int = 50
    locked: bool = True
    grid: tuple[int, ...] = ()
    place: int = 0
    areas: Areas | None = None
    area: int | None = None
    tournament: Tournament | None = None

    @property
    def framed(self) -> int:
        """Version number that a decision would be about."""
        if self.look is Look.GRID:
            return self.grid[self.place]
        return self.challenger if self.shows_b or self.look in COMPOSED else self.champion

    @property
    def side(self) -> str:
        """``A`` or ``B``; in a grid its number from 1."""
        if self.look is Look.GRID:
            return str(self.place + 1)
        return "B" if self.shows_b or self.look in COMPOSED else "A"

    @property
    def panes(self) -> tuple[tuple[str, int], ...]:
        """(name, version number) of every pane; empty for looks with one picture."""
        if self.look is Look.PAIR:
            return (("A", self.champion), ("B", self.challenger))
        if self.look is Look.GRID:
            return tuple((str(place + 1), number) for place, number in enumerate(self.grid))
        return ()

    @property
    def framed_place(self) -> int:
        """Index of the framed pane."""
        return self.place if self.look is Look.GRID else int(self.shows_b)

    def forget_areas(self) -> None:
        """Another pair: what was found out of the last one does not hold."""
        self.areas, self.area = None, None


@dataclass(slots=True)
class ViewState:
    """What one desk looks at.

    Attributes:
        asset_id: asset under the queue's cursor.
        view: its facts as read last; may belong to an earlier asset while reading.
        number: version on the screen; None follows the head.
        follows_head: whether a new head is shown by itself.
        note_id: note in focus.
        chosen_notes: ids of notes whose fixes are sent together.
        pinned: version number pinned as champion, by asset id.
        pressed: keys of an unfinished sequence.
        count: digits typed before a key.
        tone: channel and exposure that pictures are seen in.
        probe: pixel that is read, or None.
        sheet: whether one comes back to the contact sheet.
        roomy: whether the rows of the queue have pictures.
        layout: 0 normal, 1 theatre, 2 picture alone.
    """

    mode: Mode = Mode.BROWSE
    query: str = ""
    order: str = "name"
    asset_id: int | None = None
    view: AssetView | None = None
    number: int | None = None
    note_id: int | None = None
    chosen_notes: set[int] = field(default_factory=set)
    pinned: dict[int, int] = field(default_factory=dict)
    marking: Marking | None = None
    comparison: Comparison | None = None
    tone: Tone = field(default_factory=Tone)
    probe: tuple[int, int] | None = None
    sheet: bool = False
    roomy: bool = False
    pressed: tuple[str, ...] = ()
    count: str = ""
    layout: int = 0

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
