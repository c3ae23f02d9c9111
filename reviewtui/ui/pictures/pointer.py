"""What the mouse draws: a click or a rectangle. Pure state; must not know widgets."""

from reviewtui.model.geometry import PixelRect


class Pointer:
    """Follows one press of the button over picture pixels."""

    def __init__(self) -> None:
        self._start: PixelRect | None = None
        self._dragged: PixelRect | None = None

    @property
    def is_pressed(self) -> bool:
        """Whether the button is down and was pressed over a picture."""
        return self._start is not None

    def press(self, under: PixelRect | None) -> bool:
        """The button goes down over these pixels; returns whether there was a picture."""
        self._start, self._dragged = under, None
        return under is not None

    def move(self, under: PixelRect | None) -> PixelRect | None:
        """The pointer is over these pixels; returns the rectangle when it changed."""
        if self._start is None or under is None:
            return None
        rect = self._start.union(under)
        if rect == (self._dragged or self._start):
            return None
        self._dragged = rect
        return rect

    def release(self) -> tuple[PixelRect, bool]:
        """The button goes up; returns the rectangle and whether it was drawn rather than clicked.

        Raises:
            ValueError: the button was not pressed over a picture.
        """
        start, self._start = self._start, None
        if start is None:
            raise ValueError("the button is not pressed")
        return (self._dragged or start), self._dragged is not None


def middle_of(rect: PixelRect) -> tuple[int, int]:
    """The pixel in the middle of a rectangle."""
    return rect.x + (rect.width - 1) // 2, rect.y + (rect.height - 1) // 2
