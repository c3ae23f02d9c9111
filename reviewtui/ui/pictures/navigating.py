"""Steps of the eye over a picture: nearer, farther, aside. Mixed into the view, which shows what is looked at.

Must not load or draw anything.
"""

from fractions import Fraction

from textual.geometry import Size

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures import messages
from reviewtui.ui.pictures.painter import Painter
from reviewtui.ui.pictures.pointing import Pointing
from reviewtui.ui.pictures.viewport import Viewport

_ROOMY = Size(40, 12)
"""From this size on the picture keeps a margin of surround."""


class Navigating(Pointing):
    """Everything that leads to another viewport."""

    _viewport: Viewport
    _painter: Painter

    def _load(self) -> bool:
        """Ask for what the viewport shows; implemented by the view."""
        raise NotImplementedError

    @property
    def viewport(self) -> Viewport:
        """What was asked for last; the screen follows."""
        return self._viewport

    def set_viewport(self, viewport: Viewport) -> None:
        """Look at another part. Its picture and room are replaced by the present ones."""
        changed = Viewport(
            self._viewport.picture,
            self._viewport.cells,
            self._viewport.grain,
            viewport.zoom,
            viewport.center_x,
            viewport.center_y,
        )
        if changed != self._viewport:
            self._viewport = changed
            self._load()
            self.post_message(messages.ViewChanged(changed))

    def fit(self) -> None:
        """The whole picture."""
        self.set_viewport(self._viewport.fitted())

    def zoom_to(self, scale: Fraction | int, about: tuple[int, int] | None = None) -> None:
        """At ``scale`` shown pixels per picture pixel (1 is pixel for pixel), a picture pixel staying in place."""
        self.set_viewport(self._viewport.zoomed_to(scale, about))

    def zoom_by(self, steps: int, about: tuple[int, int] | None = None) -> None:
        """Some steps nearer or farther, a picture pixel staying in place."""
        self.set_viewport(self._viewport.zoomed_by(steps, about))

    def pan(self, dx_cells: int, dy_cells: int) -> None:
        """Move over the picture."""
        self.set_viewport(self._viewport.panned(dx_cells, dy_cells))

    def look_at(self, rect: PixelRect) -> None:
        """Zoom so that a region takes about half of the room."""
        self.set_viewport(self._viewport.looking_at(rect))

    def _room(self) -> CellSize:
        width, height = self.size
        most = self._painter.most_cells
        if most is not None:
            width, height = min(width, most.width), min(height, most.height)
        if width >= _ROOMY.width and height >= _ROOMY.height:
            return CellSize(width - 4, height - 2)
        return CellSize(width, height)

    def _fresh_viewport(self, picture: PixelSize, keep_view: bool) -> Viewport:
        return self._viewport.resized(self._room()).on_picture(picture, keep_view=keep_view)
