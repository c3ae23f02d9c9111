"""Pictures in a terminal: a room of its own that knows nothing of reviews.

``PictureView`` shows a ``PictureSource``; ``Viewport`` says which part and how large; ``Overlay`` frames a region; an
app that holds views is a ``PictureHost``, which hands the terminal's answers back. Importing this asks the terminal
nothing.

Names are loaded when they are used: ``detect`` and ``facts`` must be importable before Textual, which reads its
settings when it is imported.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reviewtui.ui.pictures.acknowledge import Acknowledger, PictureHost, TerminalAcknowledger
    from reviewtui.ui.pictures.adjusted import MOST_HALF_STOPS, Adjusted, Channel, Tone
    from reviewtui.ui.pictures.arming import PaintEvidence
    from reviewtui.ui.pictures.cache import DrawingCache
    from reviewtui.ui.pictures.composed import GAINS, Difference, Overlaid, Wipe, have_one_shape
    from reviewtui.ui.pictures.halfcells import HalfCells
    from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
    from reviewtui.ui.pictures.painter import Canvas, Kinship, Painter, PainterFactory, Painting, TerminalLink, Wanted
    from reviewtui.ui.pictures.protocol import Drawing, PictureProtocol
    from reviewtui.ui.pictures.source import PictureSource, Pixels
    from reviewtui.ui.pictures.surround import Surround
    from reviewtui.ui.pictures.view import PictureView
    from reviewtui.ui.pictures.viewport import HALF_CELL_GRAIN, ZOOM_STEPS, Viewport

_HOMES = {
    "Wanted": "painter",
    "TerminalLink": "painter",
    "Painting": "painter",
    "PainterFactory": "painter",
    "Painter": "painter",
    "Kinship": "painter",
    "Canvas": "painter",
    "Acknowledger": "acknowledge",
    "Adjusted": "adjusted",
    "Channel": "adjusted",
    "MOST_HALF_STOPS": "adjusted",
    "Tone": "adjusted",
    "Difference": "composed",
    "Drawing": "protocol",
    "DrawingCache": "cache",
    "GAINS": "composed",
    "HALF_CELL_GRAIN": "viewport",
    "HalfCells": "halfcells",
    "Overlaid": "composed",
    "Overlay": "overlays",
    "OverlayKind": "overlays",
    "PaintEvidence": "arming",
    "PictureHost": "acknowledge",
    "PictureProtocol": "protocol",
    "PictureSource": "source",
    "PictureView": "view",
    "Pixels": "source",
    "Surround": "surround",
    "TerminalAcknowledger": "acknowledge",
    "Viewport": "viewport",
    "Wipe": "composed",
    "ZOOM_STEPS": "viewport",
    "have_one_shape": "composed",
}

__all__ = [
    "GAINS",
    "HALF_CELL_GRAIN",
    "MOST_HALF_STOPS",
    "ZOOM_STEPS",
    "Acknowledger",
    "Adjusted",
    "Canvas",
    "Channel",
    "Difference",
    "Drawing",
    "DrawingCache",
    "HalfCells",
    "Kinship",
    "Overlaid",
    "Overlay",
    "OverlayKind",
    "PaintEvidence",
    "Painter",
    "PainterFactory",
    "Painting",
    "PictureHost",
    "PictureProtocol",
    "PictureSource",
    "PictureView",
    "Pixels",
    "Surround",
    "TerminalAcknowledger",
    "TerminalLink",
    "Tone",
    "Viewport",
    "Wanted",
    "Wipe",
    "have_one_shape",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
