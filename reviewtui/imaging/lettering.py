"""Text as coverage: measured and drawn by Pillow from a font's bytes.

A font file is hostile input: with one, call this in a limited or an engine's process only. Must not know pictures.
"""

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelSize

ALIGNMENTS = ("left", "center", "right")
MAX_FONT_BYTES = 32 << 20
MAX_SIDE_PX = 20_000
_LINE_GAP = 0.25  # of the size, between lines
_PADDING_PX = 2
# What a font draws for a letter that it does not have is what it draws for this one.
_NOBODY_HAS = "\U0010fffd"


@dataclass(frozen=True, slots=True)
class Lettering:
    """What is to be drawn.

    Attributes:
        text: made safe by ``model.lettering.clean_text``.
        size_px: of the font.
        align: of ``ALIGNMENTS``, for several lines.
    """

    text: str
    size_px: int
    align: str = "left"


def measure(lettering: Lettering, font: bytes | None) -> PixelSize:
    """Size of the box that the text takes, two pixels of air on each side. Blocking.

    Args:
        lettering: the text.
        font: bytes of a TrueType or OpenType file; None takes the one that comes with Pillow.

    Raises:
        InputError: not a font, it lacks a letter, or the text is too large.
    """
    left, top, right, bottom = _extent(lettering, font)
    return PixelSize(right - left + 2 * _PADDING_PX, bottom - top + 2 * _PADDING_PX)


def coverage(lettering: Lettering, font: bytes | None) -> Image.Image:
    """The text's coverage as a picture of mode "L" and the size of ``measure``, 255 where a letter is. Blocking.

    Raises:
        InputError: as ``measure``.
    """
    left, top, right, bottom = _extent(lettering, font)
    plane = Image.new("L", (right - left + 2 * _PADDING_PX, bottom - top + 2 * _PADDING_PX))
    start = (_PADDING_PX - left, _PADDING_PX - top)
    ImageDraw.Draw(plane).multiline_text(
        start, lettering.text, fill=255, font=_font(font, lettering.size_px), align=lettering.align,
        spacing=_LINE_GAP * lettering.size_px,
    )  # fmt: skip
    return plane


def _extent(lettering: Lettering, font: bytes | None) -> tuple[int, int, int, int]:
    face = _font(font, lettering.size_px)
    _check_letters(lettering.text, face, is_bundled=font is None)
    draw = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = draw.multiline_textbbox(
        (0, 0), lettering.text, font=face, align=lettering.align, spacing=_LINE_GAP * lettering.size_px
    )
    left, top = (math.floor(value) for value in box[:2])
    right, bottom = (math.ceil(value) for value in box[2:])
    if right <= left or bottom <= top:
        raise InputError("the text has no letter that shows", "type some")
    if max(right - left, bottom - top) > MAX_SIDE_PX:
        raise InputError(f"the text takes {right - left}×{bottom - top} px", "a smaller --size")
    return left, top, right, bottom


def _font(font: bytes | None, size_px: int) -> ImageFont.FreeTypeFont:
    try:
        face = ImageFont.load_default(size_px) if font is None else ImageFont.truetype(io.BytesIO(font), size_px)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"not a font that can be read: {error}", "a .ttf or .otf file") from error
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise InputError("Pillow has no bundled font here", "--font FILE.ttf")
    return face


def _check_letters(text: str, face: ImageFont.FreeTypeFont, *, is_bundled: bool) -> None:
    """A box instead of a letter must not ship."""
    nothing = bytes(face.getmask(_NOBODY_HAS))
    missing = sorted({letter for letter in text if not letter.isspace() and bytes(face.getmask(letter)) == nothing})
    if missing:
        which = " ".join(missing[:8])
        whose = "the bundled font" if is_bundled else "this font"
        raise InputError(f"{whose} has no letter for {which}", "--font FILE.ttf that has it")
