"""What the decoder child does with one file's bytes.

Runs in the limited process only; imports Pillow and the standard library, and more only for 16-bit colour.
Every failure is a ``Refusal`` in words or one of ``DECODE_ERRORS``.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from reviewtui.imaging.sniff import DECODER_BY_MEDIA_TYPE, HEAD_BYTES, sniff, sniff_bit_depth, sniff_size

if TYPE_CHECKING:
    from reviewtui.imaging.deep_color import DeepColor

#: What broken pictures raise in Pillow; nothing else is expected from it.
DECODE_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    ArithmeticError,
    LookupError,
    EOFError,
    RuntimeError,  # AVIF without an image item
    TypeError,  # TIFF without dimensions
)

_STRIP_PX = 1 << 22
_CHECKER_GREYS = (104, 152)
_CHECKERS_ALONG = 64
_SMALLEST_CHECKER_PX = 4
_ORIENTATION = 0x0112
_SWAPS_SIDES = (5, 6, 7, 8)
# A TIFF file lists its own layout beside what EXIF means; only the latter belongs into a copy.
_DESCRIPTIVE_TAGS = frozenset({270, 271, 272, 305, 306, 315, 33432, 0x8769, 0x8825})
_MAX_TEXTS = 32
_MAX_TEXT_CHARS = 16_384
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_DEEP_TYPES = ("image/png", "image/tiff")
_8_BIT_REMEDY = "save it as an RGB PNG or TIFF of 8 or 16 bits, or as a JPEG, and mark that"


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The file cannot be used; carries words and a remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        """Store the words."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Source:
    """One file's bytes, opened as a picture.

    Attributes:
        image: opened, not yet loaded.
        media_type: as sniffed.
        orientation: EXIF orientation, 1 to 8.
    """

    def __init__(self, data: bytes, max_pixels: int) -> None:
        """Open the header.

        Raises:
            Refusal: not a picture of the allow-list, or more pixels than allowed.
        """
        self.head = data[: max(HEAD_BYTES, 1 << 16)]
        media_type = sniff(self.head)
        if not data:
            raise Refusal("the file is empty")
        if media_type is None:
            known = ", ".join(DECODER_BY_MEDIA_TYPE.values())
            raise Refusal("not a picture: the file does not begin like any known format", f"known are {known}")
        self.media_type = media_type
        self._data = data
        _check_pixels(sniff_size(self.head), max_pixels)
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        Image.MAX_IMAGE_PIXELS = max_pixels
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            self.image: Image.Image = Image.open(io.BytesIO(data), formats=[DECODER_BY_MEDIA_TYPE[media_type]])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise Refusal(
                f"the picture claims to be larger than the limit of {max_pixels / 1e6:.0f} MP",
                "raise the limit in the settings if it is meant",
            ) from error
        _check_pixels(self.image.size, max_pixels)
        self.orientation = _orientation(self.image)

    @property
    def full_size(self) -> tuple[int, int]:
        """Width and height as displayed. Valid before pixels are reduced."""
        width, height = self.image.size
        return (height, width) if self.orientation in _SWAPS_SIDES else (width, height)

    @property
    def frames(self) -> int:
        """Number of frames or pages; the extra pictures inside a JPEG do not count."""
        return 1 if self.media_type == "image/jpeg" else int(getattr(self.image, "n_frames", 1))

    @property
    def bit_depth(self) -> int:
        """Bits per sample in the file."""
        known = sniff_bit_depth(self.head)
        if known is not None:
            return known
        if self.media_type == "image/tiff":
            bits = getattr(self.image, "tag_v2", {}).get(258)
            if bits:
                return int(max(bits) if isinstance(bits, tuple) else bits)
        return {"1": 1, "I": 32, "F": 32}.get(self.image.mode, 16 if self.image.mode.startswith("I;16") else 8)

    @property
    def has_deep_color(self) -> bool:
        """Whether it has colour of 16 bits a channel, of which Pillow reads the upper 8."""
        return (
            self.media_type in _DEEP_TYPES
            and self.bit_depth == 16
            and self.image.mode in ("RGB", "RGBA", "LA")
            and self.frames == 1
        )

    def deep_color(self) -> "DeepColor | None":
        """Upright samples of 16 bits; None where there are none, or they cannot be read exactly."""
        if not self.has_deep_color or "transparency" in self.image.info:
            return None
        from reviewtui.imaging.deep_color import read_deep_color

        self.image.load()  # Pillow refuses what is cut off; OpenCV returns grey instead
        return read_deep_color(self._data, self.full_size, self.orientation)

    @property
    def has_alpha(self) -> bool:
        """Whether transparency is declared."""
        return bool(self.image.has_transparency_data)

    def upright(self) -> Image.Image:
        """The loaded picture with its orientation applied. Decodes everything."""
        self.image.load()
        image = _little_endian(self.image)
        method = _TRANSPOSE.get(self.orientation)
        return image.transpose(method) if method is not None else image


_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _little_endian(image: Image.Image) -> Image.Image:
    """Deep grey in one byte order; Pillow's own conversion between the orders cuts samples to 8 bits."""
    if image.mode != "I;16B":
        return image
    raw = image.tobytes()
    swapped = bytearray(len(raw))
    swapped[0::2], swapped[1::2] = raw[1::2], raw[0::2]
    return Image.frombytes("I;16", image.size, bytes(swapped))


def check_whole(data: bytes) -> None:
    """Compare the checksums of a PNG and look for its end; the decoder itself overlooks both. Others pass.

    Raises:
        Refusal: damaged or cut.
    """
    if not data.startswith(b"\x89PNG"):
        return
    position = 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        end = position + 8 + length
        kind = data[position + 4 : position + 8]
        if end + 4 > len(data) or zlib.crc32(data[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise Refusal("broken picture: its data is damaged (a checksum does not match)")
        if kind == b"IEND":
            return
        position = end + 4
    raise Refusal("broken picture: image file is truncated")


def _check_pixels(size: Any, max_pixels: int) -> None:
    if size is None:
        return
    width, height = (size.width, size.height) if hasattr(size, "width") else size
    if width * height > max_pixels:
        raise Refusal(
            f"the picture claims to be {width}×{height} px, more than the limit of {max_pixels / 1e6:.0f} MP",
            "raise the limit in the settings if it is meant",
        )


def _orientation(image: Image.Image) -> int:
    """EXIF orientation; damaged EXIF counts as none, the pixels are good all the same."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def strips(image: Image.Image, mode: str | None = None) -> Iterator[bytes]:
    """The raw bytes of a picture, a few rows at a time, converted to a mode, so that no second whole copy is held."""
    rows = max(_STRIP_PX // image.width, 1)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield (strip.convert(mode) if mode and strip.mode != mode else strip).tobytes()


def pixel_sha256(image: Image.Image) -> str:
    """Hash of the pixels of an upright picture; see ``PictureFacts.pixel_sha256``."""
    layout = image.mode if image.mode in _DEEP_MODES else "RGBA"
    digest = hashlib.sha256(f"{layout} {image.width}x{image.height}\n".encode())
    for raw in strips(image, layout):
        digest.update(raw)
    return digest.hexdigest()


def facts(source: Source) -> dict[str, Any]:
    """Everything ``PictureFacts`` needs but the file's own hash and length. Decodes the whole picture."""
    mode, bit_depth, has_alpha, frames = source.image.mode, source.bit_depth, source.has_alpha, source.frames
    size = source.full_size
    image, deep = source.upright(), source.deep_color()
    return {
        "size": size,
        "media_type": source.media_type,
        "mode": mode,
        "frames": frames,
        "pixel_sha256": pixel_sha256(image) if deep is None else deep.sha256(),
        "has_alpha": has_alpha,
        "bit_depth": bit_depth,
        "orientation": source.orientation,
        "has_icc": bool(source.image.info.get("icc_profile")),
        "text": _short_texts(source.image),
    }


def _png_texts(image: Image.Image) -> dict[str, str]:
    texts = getattr(image, "text", None)
    return {str(key): str(value) for key, value in texts.items()} if isinstance(texts, dict) else {}


def _short_texts(image: Image.Image) -> dict[str, str]:
    texts = _png_texts(image)
    comment = image.info.get("comment")
    if isinstance(comment, bytes):
        comment = comment.decode("utf-8", "replace")
    if isinstance(comment, str) and comment:
        texts.setdefault("comment", comment)
    try:
        exif = image.getexif()
        for tag, name in ((270, "description"), (305, "software"), (315, "artist")):
            if isinstance(exif.get(tag), str):
                texts.setdefault(name, exif[tag])
    except DECODE_ERRORS:
        pass  # damaged EXIF: the picture is good without its words
    kept = list(texts.items())[:_MAX_TEXTS]
    return {
        key[:128]: value if len(value) <= _MAX_TEXT_CHARS else value[: _MAX_TEXT_CHARS - 1] + "…" for key, value in kept
    }


# --- for the screen


def to_rgb(source: Source, within: tuple[int, int] | None) -> Image.Image:
    """Upright sRGB picture, reduced so that it fits ``within`` (width, height) when given.

    What shows through it is a checkerboard of two neutral greys, so that nobody takes transparency for a colour.
    """
    width, height = source.full_size
    scale = min(1.0, within[0] / width, within[1] / height) if within else 1.0
    target = (max(round(width * scale), 1), max(round(height * scale), 1))
    turned = source.orientation in _SWAPS_SIDES
    if scale < 1.0 and source.media_type == "image/jpeg":
        source.image.draft("", (target[1], target[0]) if turned else target)
    image = source.upright()
    profile = image.info.get("icc_profile")
    image = _eight_bits(image)
    if image.mode == "P" or (image.mode in ("L", "RGB", "1") and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info or image.has_transparency_data else "RGB")
    if image.size != target:
        image = image.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _flat(image, profile)


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # The high byte of each sample: exact for display, and no float copy of the picture.
        return Image.frombytes("L", image.size, image.tobytes()[1::2])
    if image.mode in ("I", "F"):
        low, high = image.convert("F").getextrema()
        low, high = float(low), float(high)  # type: ignore[arg-type]
        span = (high - low) or 1.0
        return image.convert("F").point(lambda value: value * (255.0 / span) - low * 255.0 / span).convert("L")
    if image.mode in ("1", "LAB", "HSV"):
        return image.convert("L" if image.mode == "1" else "RGB")
    return image


def _flat(image: Image.Image, profile: bytes | None) -> Image.Image:
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    image = _to_srgb(image, profile)
    if alpha is None:
        return image
    flat = _checkerboard(image.size)
    flat.paste(image, mask=alpha)
    return flat


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    """Squares that begin with the dark one at the corner; so few that they outlive being scaled down for a screen."""
    longest, shortest = max(size), min(size)
    side = max(min(longest // _CHECKERS_ALONG, shortest // 4), _SMALLEST_CHECKER_PX)
    dark, light = ((grey,) * 3 for grey in _CHECKER_GREYS)
    board = Image.new("RGB", size, dark)
    for row, top in enumerate(range(0, size[1], side)):
        for left in range(0 if row % 2 else side, size[0], 2 * side):
            board.paste(light, (left, top, left + side, top + side))
    return board


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" in ImageCms.getProfileDescription(source).lower() and image.mode == "RGB":
                return image
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (*DECODE_ERRORS, ImageCms.PyCMSError):
            pass  # an unusable profile: shown as plain sRGB, as browsers do
    return image.convert("RGB")


# --- for fixing


def to_native(source: Source) -> tuple[Iterator[bytes], dict[str, Any], list[bytes]]:
    """The upright picture's exact samples, its facts, and the raw blocks [icc, exif], empty where absent.

    Raises:
        Refusal: the samples cannot be had exactly, so the outside of a fix could not be kept.
    """
    deep = source.deep_color()
    if deep is None:
        _refuse_inexact(source)
        image = _exact_mode(source.upright())
        samples, mode, size = strips(image), image.mode, image.size
    else:
        samples, mode, size = deep.strips(), deep.mode, deep.size
    info = source.image.info
    icc = info.get("icc_profile") or b""
    return (
        samples,
        {"mode": mode, "size": size, "dpi": _dpi(info.get("dpi")), "text": _png_texts(source.image)},
        [icc if isinstance(icc, bytes) else b"", _exif_upright(source)],
    )


def _refuse_inexact(source: Source) -> None:
    mode = source.image.mode
    if source.frames > 1:
        raise Refusal(f"it has {source.frames} frames; fixing needs one still picture", "export the frame as PNG")
    if source.bit_depth > 8 and not (source.bit_depth == 16 and mode.startswith("I;16")):
        raise Refusal(
            f"its {source.bit_depth}-bit {mode.split(';')[0]} samples cannot be kept exactly outside a fix",
            _8_BIT_REMEDY,
        )
    if mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA") and not mode.startswith("I;16"):
        raise Refusal(f"{mode} samples cannot be kept exactly outside a fix", _8_BIT_REMEDY)


def _exact_mode(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return image
    transparent = "transparency" in image.info
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if transparent and image.mode in ("L", "RGB"):
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return image


def _dpi(value: Any) -> list[float] | None:
    try:
        horizontal, vertical = (float(number) for number in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return [horizontal, vertical] if 0 < horizontal < 1e6 and 0 < vertical < 1e6 else None


def _exif_upright(source: Source) -> bytes:
    raw = source.image.info.get("exif")
    if source.orientation == 1 and isinstance(raw, bytes):
        return raw
    try:
        exif = source.image.getexif()
        exif.pop(_ORIENTATION, None)
        if source.media_type == "image/tiff":
            for tag in [tag for tag in exif if tag not in _DESCRIPTIVE_TAGS]:
                del exif[tag]
        return exif.tobytes() if len(exif) else b""
    except DECODE_ERRORS:
        return b""


def in_words(error: BaseException) -> str:
    """What a decoder's error means to a person."""
    if isinstance(error, MemoryError):
        return "decoding it needs more memory than the decoder may use"
    if isinstance(error, UnidentifiedImageError):
        return "broken picture: its header is damaged or of an unknown kind"
    text = " ".join(str(error).split()).strip("'\"") or type(error).__name__
    return f"broken picture: {text}"
