"""The queue with pictures, in two ways: as a contact sheet, and with roomy rows."""

from collections.abc import Callable
from functools import partial

from reviewtui.ui.pictures.tiles import TilePainter
from reviewtui.ui.widgets.contact_sheet import ContactSheet
from reviewtui.ui.widgets.queue import Queue, short_key
from reviewtui.ui.widgets.queue_rows import QueueRows
from reviewtui.ui.widgets.row_grid import Loader

Tiles = Callable[..., TilePainter]
"""Makes painters of small pictures; see ``PictureRoom.tile_painter``."""


def add_pictures(queue: Queue, load: Loader, tiles: Tiles | None) -> tuple[ContactSheet, QueueRows]:
    """What shows a queue's rows with pictures; the second becomes part of the queue.

    Args:
        queue: not mounted yet.
        load: gives the pixels of a version.
        tiles: how small pictures get onto the terminal; half cells when None.
    """
    sheet = ContactSheet(queue.list, load, lambda asset, room: short_key(asset.key, room), tiles=tiles, id="sheet")
    beside = None if tiles is None else partial(tiles, beside_picture=True)
    rows = QueueRows(queue.list, load, tiles=beside, id="queue-rows")
    queue.roomy = rows
    return sheet, rows
