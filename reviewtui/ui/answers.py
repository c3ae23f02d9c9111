"""What a terminal says by itself, on its way from the driver to whom it concerns."""

from textual import events


class GraphicsAnswer(events.Event, bubble=False):
    """An answer of the Kitty graphics protocol. Handlers are called ``on_graphics_answer``.

    Attributes:
        text: without what encloses it, such as ``Gi=7;OK``.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
