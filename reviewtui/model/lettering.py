"""Text overlays as they are asked for: what is drawn, where it stands, in which color. Pure.

Must not measure letters.
"""

import re

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.frames import ANCHORS
from reviewtui.model.geometry import PixelRect, PixelSize

MAX_TEXT = 500
MAX_LINES = 40
SIZES_PX = (4, 2000)
#: In place of a size: as large as fits into the region.
FIT = "fit"
_COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAMES = {"white": (255, 255, 255), "black": (0, 0, 0), "gray": (128, 128, 128), "grey": (128, 128, 128)}
# Everything that acts instead of being seen: controls, bidirectional overrides and marks, separators, surrogates.
_ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def clean_text(text: str) -> str:
    r"""The letters of a text and its line ends; ``\n`` typed as two characters ends a line too.

    Raises:
        InputError: nothing is left, or it is too long.
    """
    lines = text.replace("\r\n", "\n").replace("\\n", "\n").split("\n")
    cleaned = "\n".join(_ACTING.sub("", line).rstrip() for line in lines).strip("\n")
    if not cleaned.strip():
        raise InputError("the text is empty", "--text 'NEW IN SPRING'")
    if len(cleaned) > MAX_TEXT or len(lines) > MAX_LINES:
        raise InputError(f"the text has {len(cleaned)} characters", f"at most {MAX_TEXT} in {MAX_LINES} lines")
    return cleaned


def parse_color(text: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, from ``#rrggbb``, ``#rgb``, white, black or gray.

    Raises:
        UsageError: none of these.
    """
    name = text.strip().lower()
    if name in _NAMES:
        return _NAMES[name]
    match = _COLOR.fullmatch(name)
    if match is None:
        raise UsageError(f"'{text[:40]}' is no color", "#rrggbb such as #3366aa, white, black or gray")
    digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def parse_size(text: str, height_px: int) -> int:
    """Size of a font in pixels, from ``48`` or from ``5%`` of the picture's height.

    Raises:
        UsageError: not a number, or out of range.
    """
    match = re.fullmatch(r"(\d{1,5}(?:\.\d{1,3})?)\s*(%|px)?", text.strip())
    low, high = SIZES_PX
    if match is None:
        raise UsageError(f"'{text[:40]}' is no size", "pixels such as 48, or a share of the height such as 5%")
    size = round(float(match[1]) * height_px / 100) if match[2] == "%" else round(float(match[1]))
    if not low <= size <= high:
        raise UsageError(f"a size of {size} px is out of range", f"{low} to {high} px")
    return size


def parse_point(text: str, size: PixelSize) -> tuple[int, int]:
    """A point as ``X,Y``, each in pixels or in percent of the picture.

    Raises:
        UsageError: not two numbers.
    """
    match = re.fullmatch(r"\s*(-?\d{1,6}(?:\.\d{1,3})?)\s*(%?)\s*,\s*(-?\d{1,6}(?:\.\d{1,3})?)\s*(%?)\s*", text)
    if match is None:
        raise UsageError(f"'{text[:40]}' is no point", "X,Y in pixels or percent, such as 120,80 or 50%,90%")
    x = float(match[1]) * (size.width / 100 if match[2] else 1)
    y = float(match[3]) * (size.height / 100 if match[4] else 1)
    return round(x), round(y)


def place_box(
    box: PixelSize, anchor: str, size: PixelSize, *, at: tuple[int, int] | None, room: PixelRect
) -> PixelRect:
    """Where a box of text stands.

    Args:
        box: of the text.
        anchor: name of ``ANCHORS``: which point of the box stands at ``at``, or where in ``room`` the box lies.
        size: of the picture.
        at: a point of the picture, or None.
        room: where the box lies when no point is given.

    Raises:
        InputError: it does not fit into the picture, or into the room.
    """
    share_x, share_y = ANCHORS[anchor]
    if at is not None:
        x, y = at[0] - round(box.width * share_x), at[1] - round(box.height * share_y)
        room = PixelRect.of_size(size)
    else:
        x = room.x + round((room.width - box.width) * share_x)
        y = room.y + round((room.height - box.height) * share_y)
    rect = PixelRect(x, y, box.width, box.height)
    if not room.contains_rect(rect):
        raise InputError(
            f"the text takes {box} px and does not fit into {room.size} px there", "a smaller --size, or another place"
        )
    return rect
