"""How large letters can be in a place."""

from collections.abc import Callable

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lettering import SIZES_PX

_AIR = 0.9  # of the place; letters that touch its edge look cut


def fit_text(measure: Callable[[int], PixelSize], room: PixelSize) -> int:
    """The largest size of the letters that fits into a room with some air, in px. Blocking: a dozen measurements.

    Args:
        measure: box of the text in a size of the letters.

    Raises:
        InputError: it fits in no size.
    """
    low, high = SIZES_PX[0], max(min(SIZES_PX[1], room.height), SIZES_PX[0])

    def fits(size_px: int) -> bool:
        box = measure(size_px)
        return box.width <= room.width * _AIR and box.height <= room.height * _AIR

    if not fits(low):
        raise InputError(f"the text does not fit into {room} px in any size", "mark a larger region")
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
