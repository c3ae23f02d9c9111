"""Several pictures side by side, their zoom and place locked to the framed one. Must not know what they show.

Panes are made when they are first needed and stay; what is not shown holds no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures import DrawingCache, PictureSource, PictureView, Viewport
from reviewtui.ui.widgets.one_line import OneLine

MOST_PANES = 9


def matching(viewport: Viewport, picture: PixelSize) -> Viewport:
    """The same place at the same apparent size on a picture of another size.

    Args:
        viewport: of the picture that leads.
        picture: size of the one that follows.
    """
    across, down = Fraction(picture.width, viewport.picture.width), Fraction(picture.height, viewport.picture.height)
    return replace(
        viewport,
        picture=picture,
        zoom=None if viewport.zoom is None else viewport.zoom / across,
        center_x=viewport.center_x * across,
        center_y=viewport.center_y * down,
    )


def columns_for(count: int) -> int:
    """Columns of a grid of panes: two up to four, three up to nine."""
    return count if count <= 2 else 2 if count <= 4 else 3


class Pane(Vertical):
    """A line of words above a picture.

    Attributes:
        place: its index.
        view: the picture.
    """

    DEFAULT_CSS = "Pane { display: none; } Pane.-used { display: block; }"

    def __init__(self, place: int, view: PictureView) -> None:
        """Begin hidden."""
        super().__init__()
        self.place = place
        self.view = view
        self.line = OneLine()

    def compose(self) -> ComposeResult:
        """Words above picture."""
        yield self.line
        yield self.view

    def on_picture_view_view_changed(self, message: PictureView.ViewChanged) -> None:
        """Zoom or place changed: the others may follow."""
        panes = self.parent
        if isinstance(panes, Panes):
            panes.follow(self, message.viewport)

    def on_picture_view_pixel_clicked(self, message: PictureView.PixelClicked) -> None:
        """A click chooses the pane."""
        message.stop()
        self.post_message(Panes.Chosen(self.place))

    def on_picture_view_rect_dragged(self, message: PictureView.RectDragged) -> None:
        """Nothing is drawn here."""
        message.stop()

    def on_picture_view_zoom_requested(self, message: PictureView.ZoomRequested) -> None:
        """The wheel turns the pane under it."""
        message.stop()
        self.view.zoom_by(message.steps, message.about)
        panes = self.parent
        if isinstance(panes, Panes) and panes.locked:
            panes.lead(self)


class Panes(Container):
    """Up to nine panes.

    Attributes:
        locked: whether all views follow the framed one.
    """

    DEFAULT_CSS = """
    Panes { layout: grid; grid-size: 2 1; grid-gutter: 0 1; width: 1fr; height: 1fr; display: none; }
    """

    class Chosen(Message):
        """A pane was clicked.

        Attributes:
            place: its index.
        """

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(
        self, pattern: PictureView, make_view: Callable[[DrawingCache], PictureView], *, id: str | None = None
    ) -> None:
        """Begin empty.

        Args:
            pattern: a view whose surround, switches and place the panes take over.
            make_view: makes a view; gets the cache that all panes share.
            id: see ``Widget``.
        """
        super().__init__(id=id)
        self.locked = True
        self._pattern = pattern
        self._make_view = make_view
        self._cache = DrawingCache()
        self._panes: list[Pane] = []
        self._used = 0
        self._framed = 0

    @property
    def views(self) -> list[PictureView]:
        """Pictures of the panes in use."""
        return [pane.view for pane in self._panes[: self._used]]

    @property
    def all_views(self) -> list[PictureView]:
        """Pictures of all panes, those out of use included."""
        return [pane.view for pane in self._panes]

    @property
    def framed_view(self) -> PictureView | None:
        """The picture in the frame, or None when no pane is in use."""
        return self._panes[self._framed].view if self._used else None

    def show(self, sources: Sequence[PictureSource], framed: int, *, locked: bool) -> None:
        """Show these pictures; what was shown is disarmed where it changes. Event loop only.

        Args:
            sources: one for each pane, at most nine.
            framed: index of the pane that leads.
            locked: whether the others follow it.
        """
        begins = not self._used
        self.locked = locked
        self._make(len(sources))
        self._used, self._framed = len(sources), framed
        columns = columns_for(self._used)
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, -(-self._used // columns)
        self._share_room()
        for pane, source in zip(self._panes, sources, strict=False):
            pane.add_class("-used")
            pane.view.surround = self._pattern.surround
            pane.view.overlays_visible = self._pattern.overlays_visible
            pane.view.show(source, placeholder=True)
        for pane in self._panes[self._used :]:
            pane.remove_class("-used")
            pane.view.show(None)
        if begins:
            self._begin_like(self._pattern.viewport)

    def on_resize(self) -> None:
        """Another room is shared anew."""
        self._share_room()

    def _share_room(self) -> None:
        """Leave cells over that cannot be shared out, so that all panes are alike and show the same scale."""
        columns, rows = self.styles.grid_size_columns, self.styles.grid_size_rows
        room = self.outer_size
        if room.width > columns and room.height > rows:
            self.styles.padding = (0, (room.width - columns + 1) % columns, room.height % rows, 0)

    def clear(self) -> None:
        """Show nothing, so that nothing that is hidden stays armed."""
        for pane in self._panes[: self._used]:
            pane.remove_class("-used")
            pane.view.show(None)
        self._used = 0

    def set_words(self, words: Sequence[tuple[Content, Content]]) -> None:
        """Words above each pane: left and right."""
        for pane, (left, right) in zip(self._panes, words, strict=False):
            pane.line.set(left, right)

    def follow(self, leader: Pane, viewport: Viewport) -> None:
        """A pane moved: when it is the framed one and all are locked, the others go there too."""
        if self.locked and self._used and self._panes[self._framed] is leader:
            self._spread(leader.view, viewport)

    def lead(self, leader: Pane) -> None:
        """All panes go where this one is."""
        self._spread(leader.view, leader.view.viewport)

    def set_locked(self, locked: bool) -> None:
        """Move together, beginning where the framed pane is; or no longer."""
        self.locked = locked
        if locked and self._used:
            self.lead(self._panes[self._framed])

    def _make(self, count: int) -> None:
        fresh = [Pane(place, self._make_view(self._cache)) for place in range(len(self._panes), min(count, MOST_PANES))]
        if fresh:
            for pane in fresh:
                pane.view.can_focus = False
            self._panes.extend(fresh)
            self.mount_all(fresh)

    def _begin_like(self, viewport: Viewport) -> None:
        """The pictures open where the one before them was looked at."""
        for view in self.views:
            view.set_viewport(matching(viewport, view.viewport.picture))

    def _spread(self, leader: PictureView, viewport: Viewport) -> None:
        for view in self.views:
            if view is not leader:
                view.set_viewport(matching(viewport, view.viewport.picture))
