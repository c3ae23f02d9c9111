"""The widget that shows one picture, its overlays, and knows when the terminal has really drawn it.

Nothing is decoded, scaled or drawn on the event loop. Must not know reviews: it posts what happened and does what it is
told.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from rich.color import ColorSystem
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures import messages
from reviewtui.ui.pictures.acknowledge import Acknowledger, PictureHost
from reviewtui.ui.pictures.arming import Arming, PaintEvidence
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.cell_painter import cell_painter, changed_spans
from reviewtui.ui.pictures.compose import words_row
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.navigating import Navigating
from reviewtui.ui.pictures.over_picture import OverPicture, colors_of
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import (
    Kinship,
    Painter,
    PainterFactory,
    Painting,
    Patch,
    RowLook,
    Spot,
    Wanted,
)
from reviewtui.ui.pictures.source import PictureSource, Pixels
from reviewtui.ui.pictures.strips import blank, depth_of
from reviewtui.ui.pictures.surround import SURROUND_RGB, Surround
from reviewtui.ui.pictures.viewport import Viewport

_WORDS_AFTER_S = 0.3
"""A picture that comes sooner needs no words; they would only flash."""


class PictureView(Navigating):
    """Shows a picture. Give it no border and no padding; it fills its whole region with a neutral surround.

    Args:
        painters: makes what gets pictures onto the terminal; half cells when None.
        acknowledger: tells when the terminal has drawn; the app's (see ``PictureHost``) when None.
        cache: half cells that come back at once; shared by views that show the same pictures.
        ack_timeout_s: after this time without an answer ``Unacknowledged`` is posted.
        empty_words: the quiet line while there is no picture.
        name: see ``Widget``.
        id: see ``Widget``.
        classes: see ``Widget``.
    """

    DEFAULT_CSS = """
    PictureView {
        width: 1fr;
        height: 1fr;
        & > .picture-view--note { color: #ededed; }
        & > .picture-view--note-focused { color: #8fb8e8; }
        & > .picture-view--mask { color: #f4f4f4; }
        & > .picture-view--mask-active { color: #8fb8e8; }
        & > .picture-view--ring { color: #c8c8c8; }
        & > .picture-view--corner { color: #8fb8e8; }
        & > .picture-view--changed { color: #d0d0d0; }
        & > .picture-view--suggested { color: #e4e4e4; }
        & > .picture-view--lock { color: #c8c8c8; }
    }
    """
    COMPONENT_CLASSES = {f"picture-view--{kind}" for kind in OverlayKind}  # noqa: RUF012 - Textual's own name and type
    ALLOW_SELECT = False
    can_focus = True

    surround: reactive[Surround] = reactive(Surround.DARK)
    overlays_visible: reactive[bool] = reactive(True, repaint=False)
    empty_words: reactive[str] = reactive("")

    Painted: TypeAlias = messages.Painted
    Unacknowledged: TypeAlias = messages.Unacknowledged
    Failed: TypeAlias = messages.Failed
    ViewChanged: TypeAlias = messages.ViewChanged
    RectDragged: TypeAlias = messages.RectDragged
    PixelClicked: TypeAlias = messages.PixelClicked
    ZoomRequested: TypeAlias = messages.ZoomRequested

    def __init__(
        self,
        *,
        painters: PainterFactory | None = None,
        acknowledger: Acknowledger | None = None,
        cache: DrawingCache | None = None,
        ack_timeout_s: float = 2.0,
        empty_words: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.set_reactive(PictureView.empty_words, empty_words)
        self._acknowledger = acknowledger
        self._ack_timeout_s = ack_timeout_s
        self.painters: PainterFactory = painters or cell_painter(HalfCells(), cache)
        self._painter: Painter = self.painters(self)
        self._arming = Arming()
        self._source: PictureSource | None = None
        self._kin: Kinship | None = None
        self._viewport = Viewport(PixelSize(1, 1), CellSize(0, 0), self._painter.grain)
        self._painting: Painting | None = None
        self._wanted: Wanted | None = None
        self._doubted = False
        self._patch: Patch | None = None
        self._next_patch: Patch | None = None
        self._overlays: tuple[Overlay, ...] = ()
        self._over = OverPicture()
        self._words = ""
        self._failed = False
        self._strips: dict[int, Strip] = {}
        self._unpainted: dict[int, tuple[int, int]] = {}
        self._handed_over = False
        self._spot: Spot | None = None
        self._asked: Painting | None = None
        self.begin_pointing()

    # What is shown

    def show(
        self,
        source: PictureSource | None,
        *,
        keep_view: bool = True,
        placeholder: bool = False,
        kin: Kinship | None = None,
    ) -> None:
        """Show a picture; what was shown is disarmed at once. Event loop only; returns at once.

        Args:
            source: the picture, or None for none. The same key again changes nothing.
            keep_view: keep zoom and place when the size is the same, so that two versions are compared in place.
            placeholder: leave the present picture on the screen until the new one is there; for versions of one asset.
            kin: a picture that differs from this one only inside a rectangle, if known; flips may cost less then.
        """
        if source is not None and self._source is not None and source.key == self._source.key and not self._failed:
            return
        self._source = source
        self._doubted = False
        self._kin = kin
        self._patch = self._next_patch = None
        self._arming.disarm()
        self._painter.cancel()
        self._wanted = None
        self._failed = False
        if source is not None:
            self._viewport = self._fresh_viewport(source.size, keep_view)
        if not self._load() and (source is None or not placeholder):
            self._blank()
        if source is not None:
            self.post_message(self.ViewChanged(self._viewport))

    def prefetch(self, source: PictureSource, *, kin: Kinship | None = None) -> None:
        """Draw a picture that may be shown next, as it would be shown, when there is time; ``kin`` as in ``show``."""
        viewport = self._fresh_viewport(source.size, True)
        if not viewport.is_empty:
            grey = SURROUND_RGB[self.surround]
            self._painter.prefetch(Wanted(source, viewport, self._depth, grey, kin=kin))

    def set_patch(self, rect: PixelRect, rgb: Pixels) -> None:
        """Draw provisional pixels over the picture, which is disarmed until they are gone.

        Args:
            rect: their place, inside the picture.
            rgb: uint8, shape (rect.height, rect.width, 3).

        Raises:
            ValueError: the shapes differ.
        """
        if rgb.shape != (rect.height, rect.width, 3):
            raise ValueError(f"a patch of {rgb.shape} does not fit {rect}")
        patch = Patch(rect, rgb)
        if self._patch is not None and self._painter.is_busy:
            # One after the other, else on a slow line each would be superseded before it is there.
            self._next_patch = patch
            return
        self._patch = patch
        self._arming.disarm()
        self._load()

    def clear_patch(self) -> None:
        """Show the picture without provisional pixels."""
        if self._patch is not None:
            self._patch = self._next_patch = None
            self._load()

    @property
    def is_patched(self) -> bool:
        """Whether provisional pixels lie over the picture, or are about to."""
        return self._patch is not None

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Frames to draw over the picture. Only cells that look different are written."""
        self._overlays = tuple(overlays)
        self._refresh_overlays()

    # Evidence

    @property
    def armed(self) -> bool:
        """Whether the picture on the screen is the one that was asked for, and the terminal acknowledged it."""
        return self._arming.armed

    def evidence(self) -> PaintEvidence | None:
        """How the armed picture was shown, or None."""
        return self._arming.evidence

    def change_painter(self) -> None:
        """Get another painter from the factory, and show the same place of the same picture with it; disarmed."""
        self._arming.disarm()
        self._blank()
        self._painter.close()
        self._wanted = self._asked = None
        self._painter = self.painters(self)
        self._over.forget_painter()
        self._viewport = self._viewport.with_grain(self._painter.grain)
        self._failed = False
        self._load()
        if self._source is not None:
            self.post_message(self.ViewChanged(self._viewport))

    def doubt(self, doubted: bool = True) -> None:
        """The picture is in doubt, for instance because its bytes are gone: nothing arms it until it no longer is.

        Args:
            doubted: whether it is; what was doubted and is no longer is asked of the terminal anew.
        """
        if doubted is not self._doubted:
            self._doubted = doubted
            self._arming.disarm()
            if not doubted:
                self._load()

    @property
    def doubted(self) -> bool:
        """Whether ``doubt`` was said of the picture that was asked for last."""
        return self._doubted

    @property
    def source(self) -> PictureSource | None:
        """What was asked for last."""
        return self._source

    @property
    def painter(self) -> Painter:
        """What gets pictures onto the terminal."""
        return self._painter

    @property
    def truth(self) -> str | None:
        """How true the picture on the screen is: ``preview``, ``palette``, ``true``; None without a picture."""
        return None if self._painting is None else self._painting.truth

    @property
    def is_loading(self) -> bool:
        """Whether the picture or view that was asked for last is still on its way."""
        return self._painter.is_busy

    # Loading

    @property
    def _depth(self) -> ColorSystem:
        return depth_of(self.app.console.color_system)

    def _load(self) -> bool:
        """Ask for what should be on the screen; returns whether it is there at once."""
        if self._source is None or self._viewport.is_empty:
            return False
        grey = SURROUND_RGB[self.surround]
        self._tell_overlays()
        self._wanted = Wanted(self._source, self._viewport, self._depth, grey, self._patch, self._kin)
        painting = self._painter.request(self._wanted)
        if painting is not None:
            self._adopt(painting)
        elif self._painting is None:
            self.set_timer(_WORDS_AFTER_S, partial(self._say_loading, self._source.key))
        return painting is not None

    def _say_loading(self, key: str) -> None:
        if self._source is not None and self._source.key == key and self._painting is None and not self._failed:
            self._blank(f"opening {self._source.size} …")

    def _adopt(self, painting: Painting) -> None:
        """Something that was asked for is there."""
        old, self._painting = self._painting, painting
        self._words = ""
        same_rows = old is not None and not self._unpainted and self._stands_like(painting, old)
        if same_rows and painting.has_rows_of(old):  # type: ignore[arg-type] # old is not None when same_rows
            self._refresh_marks(anew=painting.wanted != old.wanted)  # type: ignore[union-attr] # the same
            if not self._unpainted:
                self.call_later(self._place, painting)
            return
        spans = changed_spans(painting, old) if same_rows and old is not None else None
        if spans is not None:
            self._repaint_spans(painting, spans)
            return
        self._over.exchange(self._painter, painting, self._seen_overlays)
        self._repaint()

    def _repaint_spans(self, painting: Painting, spans: dict[int, tuple[int, int]]) -> None:
        """Write only those cells of the rows of a painting that look different."""
        left, top = self._origin()
        self._strips.clear()
        self._refresh_marks()
        if not spans:
            self.call_later(self._place, painting)
            return
        self._handed_over = False
        self._unpainted = {top + row: (left + first, left + last) for row, (first, last) in spans.items()}
        self.refresh(*(Region(first, row, last - first, 1) for row, (first, last) in self._unpainted.items()))

    def _stands_like(self, painting: Painting, old: Painting) -> bool:
        return painting.cells == old.cells and painting.wanted.viewport.area == old.wanted.viewport.area

    def _fail(self, wanted: Wanted, error: ReviewError) -> None:
        self._arming.disarm()
        self._failed = True
        self._blank(str(error))
        self.post_message(self.Failed(wanted.source.key, error))

    def _blank(self, words: str = "") -> None:
        if self._painting is not None:
            self._painter.withdraw()
        self._painting = self._spot = None
        self._words = words
        self._over.clear()
        self._repaint()

    # What the painter wants; see ``Canvas``

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        """See ``Canvas``."""
        return self.call_later(function, *arguments)

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        """See ``Canvas``."""
        return self.set_timer(delay_s, function)

    def arrived(self, painting: Painting) -> None:
        """See ``Canvas``; what is not wanted any more is not shown, whoever made it."""
        if painting.wanted is self._wanted:
            self._adopt(painting)
            if self._next_patch is not None and not self._painter.is_busy:
                self.call_later(self._load_next_patch)

    def _load_next_patch(self) -> None:
        if self._next_patch is not None:
            self._patch, self._next_patch = self._next_patch, None
            self._load()

    def vanished(self) -> None:
        """See ``Canvas``; what the terminal says of it from now on does not count."""
        self._arming.disarm()
        self._asked = self._spot = None

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        """See ``Canvas``."""
        if wanted is self._wanted:
            self._fail(wanted, error)

    def placed(self, painting: Painting) -> None:
        """See ``Canvas``."""
        if painting is self._painting and painting is not self._asked:
            self._ask_terminal(painting)

    # Painting

    def _repaint(self) -> None:
        self._strips.clear()
        self._handed_over = False
        self._unpainted = self._picture_rows()
        self.refresh()

    def _origin(self) -> tuple[int, int]:
        """Cell of the widget where the painting's first cell stands."""
        assert self._painting is not None
        cells = self._painting.cells
        return (self.size.width - cells.width) // 2, (self.size.height - cells.height) // 2

    def _picture_rows(self) -> dict[int, tuple[int, int]]:
        """Rows of the widget that show the picture, with its first column and the one behind its last."""
        if self._painting is None:
            return {}
        (left, top), cells = self._origin(), self._painting.cells
        span = (max(left, 0), min(left + cells.width, self.size.width))
        return {y: span for y in range(top, top + cells.height) if 0 <= y < self.size.height}

    def _find_spot(self) -> Spot:
        """Where the painting stands on the screen now."""
        assert self._painting is not None
        left, top = self._origin()
        width, height = self._painting.cells.width, self._painting.cells.height
        first_x, first_y = max(-left, 0), max(-top, 0)
        seen = CellRect(
            first_x, first_y, min(width - first_x, self.size.width), min(height - first_y, self.size.height)
        )
        offset = self.content_region.offset
        return Spot(offset.x + left, offset.y + top, seen)

    @property
    def _seen_overlays(self) -> tuple[Overlay, ...]:
        return self._overlays if self.overlays_visible else ()

    def _refresh_overlays(self) -> None:
        self._tell_overlays()
        self._refresh_marks()

    def _tell_overlays(self) -> None:
        # Without room there are no colours yet.
        if not self._viewport.is_empty:
            self._over.tell(self._painter, self._seen_overlays, partial(colors_of, self))

    def _say_covered(self, *, covered: bool) -> None:
        self._over.cover(self._painter, covered=covered)

    def _refresh_marks(self, *, anew: bool = False) -> None:
        """Write the cells whose marks changed; or all that carry one, over another picture."""
        changed = self._over.exchange(self._painter, self._painting, self._seen_overlays, anew=anew)
        if changed:
            left, top = self._origin()
            for run in changed:
                self._strips.pop(run.y + top, None)
            self.refresh(*(run.translate((left, top)) for run in changed))

    def render_line(self, y: int) -> Strip:
        """One row of the widget."""
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._compose_row(y)
        return strip

    def _compose_row(self, y: int) -> Strip:
        width, depth = self.size.width, self._depth
        if self._painting is None:
            words = (self._words or ("" if self._source else self.empty_words)) if y == self.size.height // 2 else ""
            return words_row(words, width=width, surround=self.surround, depth=depth)
        left, top = self._origin()
        if not top <= y < top + self._painting.cells.height:
            return blank(width, SURROUND_RGB[self.surround], depth)
        row = y - top
        marks = self._over.on_row(self._painting.wanted.viewport.area, row)
        colors = colors_of(self) if marks else {}
        return self._painting.row(row, RowLook(left, width, SURROUND_RGB[self.surround], depth, marks, colors))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows for the compositor. Styles and filters are passed by: colours of a picture are facts."""
        strips = [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]
        self._note_painted(crop)
        return strips

    def _exchange_repaint_regions(self) -> Any:
        # From here on what the compositor renders of this widget is really written.
        self._handed_over = True
        return super()._exchange_repaint_regions()

    def _note_painted(self, crop: Region) -> None:
        """Place the painting once every row of it was handed to the terminal."""
        painting = self._painting
        if painting is None or not self._handed_over:
            return
        # A screen below a dialog counts as current for Textual; what it draws may be covered.
        if self.app.screen is not self.screen or self.app._batch_count:
            self._unpainted = self._unpainted or self._picture_rows()
            if self.app.screen is not self.screen:
                self.call_later(self._say_covered, covered=True)
            return
        if not self._unpainted:
            if self._spot != self._find_spot():
                self._place_behind_frame(painting)
            else:
                self.call_later(self._say_repainted, painting, crop)
            return
        for row in crop.line_range:
            first, last = self._unpainted.get(row, (0, 0))
            if crop.x <= first and last <= crop.right:
                self._unpainted.pop(row, None)
        if not self._unpainted:
            self._place_behind_frame(painting)

    def _place_behind_frame(self, painting: Painting) -> None:
        """The rows are about to be written. A loop with much to do must not leave cells without their picture."""
        app: Any = self.app
        if isinstance(app, PictureHost):
            app.call_behind_frame(partial(self._place, painting))
        else:
            self.call_later(self._place, painting)

    def _place(self, painting: Painting) -> None:
        if painting is self._painting and not self._unpainted and self.is_attached:
            self._spot = self._find_spot()
            self._painter.place(painting, self._spot)
            self._say_covered(covered=False)

    def _say_repainted(self, painting: Painting, crop: Region) -> None:
        if painting is not self._painting or self._spot is None:
            return
        left, top = self._origin()
        seen = crop.intersection(Region(left, top, painting.cells.width, painting.cells.height))
        if seen:
            cells = CellRect(seen.x - left, seen.y - top, seen.width, seen.height)
            self._painter.repainted(painting, self._spot, cells)

    def _ask_terminal(self, painting: Painting) -> None:
        wanted, source = painting.wanted, self._source
        if source is None or wanted.source.key != source.key or self._doubted:
            return
        # The patch that is to be seen counts as well: this may be the bare picture of a moment ago.
        if wanted.patch is not None or self.is_patched:
            return
        self._asked = painting
        scale = wanted.viewport.picture_px_per_shown_px
        serial = self._arming.ask(source.key, self._painter.name, scale, painting.truth)
        self._get_acknowledger().ask(partial(self._acknowledged, serial))
        self.set_timer(self._ack_timeout_s, partial(self._check_overdue, serial, source.key))

    def _get_acknowledger(self) -> Acknowledger:
        if self._acknowledger is None:
            app: Any = self.app
            if not isinstance(app, PictureHost):
                raise TypeError("an app with pictures is a PictureHost, or its views get an acknowledger")
            self._acknowledger = app.get_picture_acknowledger()
        return self._acknowledger

    def _acknowledged(self, serial: int) -> None:
        evidence = self._arming.answered(serial)
        if evidence is not None:
            self.post_message(self.Painted(evidence))

    def _check_overdue(self, serial: int, key: str) -> None:
        if self._arming.is_overdue(serial):
            self.post_message(self.Unacknowledged(key))

    # Events

    def watch_surround(self) -> None:
        """Another grey."""
        self._repaint()
        if self._painting is not None:
            self._load()

    def watch_empty_words(self) -> None:
        """Other words while there is no picture."""
        if self._painting is None:
            self._repaint()

    def watch_overlays_visible(self) -> None:
        """Overlays are shown or hidden."""
        self._refresh_overlays()

    def notify_style_update(self) -> None:
        """Another theme."""
        super().notify_style_update()
        self._strips.clear()
        if self._over.is_told:
            self._tell_overlays()

    def on_resize(self) -> None:
        """Another room: the old drawing stays, centred, until the new one is there."""
        self._repaint()
        viewport = self._viewport.resized(self._room())
        if viewport != self._viewport:
            self._viewport = viewport
            self._load()
            if self._source is not None:
                self.post_message(self.ViewChanged(viewport))

    def under(self, x: int, y: int) -> PixelRect | None:
        """Picture pixels under a cell of the widget, or the nearest ones in view; None without a picture."""
        if self._painting is None:
            return None
        viewport = self._painting.wanted.viewport
        left, top = self._origin()
        return viewport.pixels_near(x - left + viewport.area.x, y - top + viewport.area.y)

    def on_unmount(self) -> None:
        """Stop working."""
        self._arming.disarm()
        self._painter.close()

    def on_hide(self) -> None:
        """Not to be seen any more: neither are pixels that lie outside the cells."""
        if self._painting is not None:
            self._painter.withdraw()
            self._repaint()
