"""What the mouse does over a picture: clicks, rectangles and the wheel become messages. Must not change the view."""

from textual import events
from textual.widget import Widget

from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures import messages
from reviewtui.ui.pictures.pointer import Pointer, middle_of


class Pointing(Widget):
    """The part of ``PictureView`` that listens to the mouse."""

    def begin_pointing(self) -> None:
        """Nothing is pressed."""
        self._pointer = Pointer()

    def under(self, x: int, y: int) -> PixelRect | None:
        """Picture pixels under a cell of the widget; None without a picture."""
        raise NotImplementedError

    def _find_under(self, event: events.MouseEvent) -> PixelRect | None:
        return self.under(int(event.x), int(event.y))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin of a click or a rectangle."""
        if event.button == 1 and self._pointer.press(self._find_under(event)):
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A rectangle grows."""
        rect = self._pointer.move(self._find_under(event))
        if rect is not None:
            self.post_message(messages.RectDragged(rect, False))

    def on_mouse_up(self) -> None:
        """A rectangle is done, or it was a click."""
        if not self._pointer.is_pressed:
            return
        self.release_mouse()
        rect, dragged = self._pointer.release()
        if dragged:
            self.post_message(messages.RectDragged(rect, True))
        else:
            self.post_message(messages.PixelClicked(*middle_of(rect)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Nearer."""
        self._request_zoom(1, event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Farther."""
        self._request_zoom(-1, event)

    def _request_zoom(self, steps: int, event: events.MouseEvent) -> None:
        event.stop()
        under = self._find_under(event)
        if under is not None:
            self.post_message(messages.ZoomRequested(steps, middle_of(under)))
