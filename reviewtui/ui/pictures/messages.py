"""What a picture view posts. Handlers are called ``on_picture_view_painted`` and so on."""

from textual.message import Message

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures.arming import PaintEvidence
from reviewtui.ui.pictures.viewport import Viewport


class Painted(Message, namespace="picture_view"):
    """The terminal acknowledged the picture: it is armed.

    Attributes:
        evidence: how it was shown.
    """

    def __init__(self, evidence: PaintEvidence) -> None:
        super().__init__()
        self.evidence = evidence


class Unacknowledged(Message, namespace="picture_view"):
    """The picture was written and the terminal stays silent.

    Attributes:
        key: the picture's.
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class Failed(Message, namespace="picture_view"):
    """The picture cannot be shown.

    Attributes:
        key: the picture's.
        error: why.
    """

    def __init__(self, key: str, error: ReviewError) -> None:
        super().__init__()
        self.key = key
        self.error = error


class ViewChanged(Message, namespace="picture_view"):
    """Zoom or place changed.

    Attributes:
        viewport: the new one.
    """

    def __init__(self, viewport: Viewport) -> None:
        super().__init__()
        self.viewport = viewport


class RectDragged(Message, namespace="picture_view"):
    """The mouse drew a rectangle.

    Attributes:
        rect: in picture pixels.
        final: whether the button was released.
    """

    def __init__(self, rect: PixelRect, final: bool) -> None:
        super().__init__()
        self.rect = rect
        self.final = final


class PixelClicked(Message, namespace="picture_view"):
    """The picture was clicked.

    Attributes:
        x: picture pixel.
        y: picture pixel.
    """

    def __init__(self, x: int, y: int) -> None:
        super().__init__()
        self.x = x
        self.y = y


class ZoomRequested(Message, namespace="picture_view"):
    """The wheel was turned.

    Attributes:
        steps: 1 nearer, -1 farther.
        about: picture pixel under the pointer.
    """

    def __init__(self, steps: int, about: tuple[int, int]) -> None:
        super().__init__()
        self.steps = steps
        self.about = about
