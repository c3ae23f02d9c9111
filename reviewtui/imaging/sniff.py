"""What a file's first bytes say: media type, size, sample depth. Pure, microseconds, no picture library.

Only a hint for lists: whether a file is a picture is known after a full decode in the limited process.
"""

import struct
from collections.abc import Callable

from reviewtui.model.geometry import PixelSize

HEAD_BYTES = 4096

#: Pillow's name of the decoder for each media type that is allowed.
DECODER_BY_MEDIA_TYPE = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/jp2": "JPEG2000",
    "image/x-tga": "TGA",
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
)


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes claim, or None when they are no picture of the allow-list.

    Args:
        head: the first bytes of the file; 32 are enough.
    """
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return "image/avif"
    if head[:2] == b"BM" and len(head) >= 18 and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return "image/x-tga" if _looks_like_tga(head) else None


def _looks_like_tga(head: bytes) -> bool:
    """TGA has no magic number, so every header field must make sense."""
    if len(head) < 18:
        return False
    map_type, image_type, map_first, map_length, map_depth = struct.unpack_from("<xBBHHB", head)
    width, height, depth, descriptor = struct.unpack_from("<HHBB", head, 12)
    if image_type in (1, 9):
        known = map_type == 1 and depth == 8 and map_depth in (15, 16, 24, 32) and 0 < map_length <= 256
    else:
        depths = {2: (15, 16, 24, 32), 10: (15, 16, 24, 32), 3: (8, 16), 11: (8, 16)}.get(image_type, ())
        known = map_type == 0 and depth in depths and map_first == map_length == map_depth == 0
    return known and width > 0 and height > 0 and not descriptor & 0xC0


def sniff_size(head: bytes) -> PixelSize | None:
    """Width and height as stored (EXIF orientation not applied), where the first bytes tell; else None.

    Args:
        head: the first bytes of the file; 4096 suit most JPEG files, 32 all others.
    """
    reader = _SIZE_READERS.get(sniff(head) or "")
    try:
        size = reader(head) if reader else None
    except (struct.error, IndexError):
        return None
    return PixelSize(*size) if size and min(size) > 0 else None


def _png_size(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif_size(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _bmp_size(head: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", head, 14)[0] == 12:
        width, height = struct.unpack_from("<HH", head, 18)
    else:
        width, height = struct.unpack_from("<ii", head, 18)
    return width, abs(height)


def _tga_size(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 12)
    return width, height


def _webp_size(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return (
            1 + int.from_bytes(head[24:27], "little"),
            1 + int.from_bytes(head[27:30], "little") if len(head) >= 30 else 0,
        )
    if kind == b"VP8L" and head[20] == 0x2F:
        bits = struct.unpack_from("<I", head, 21)[0]
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(head):
        if head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker == 0xFF:
            position += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, position + 5)
            return width, height
        else:
            position += 2 + max(struct.unpack_from(">H", head, position + 2)[0], 2)
    return None


_SIZE_READERS: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "image/png": _png_size,
    "image/gif": _gif_size,
    "image/bmp": _bmp_size,
    "image/webp": _webp_size,
    "image/jpeg": _jpeg_size,
    "image/x-tga": _tga_size,
}


def sniff_bit_depth(head: bytes) -> int | None:
    """Bits per sample for the formats whose decoder does not tell (PNG, AVIF, JPEG 2000); None when unknown.

    Args:
        head: the first bytes of the file, ``HEAD_BYTES`` of them.
    """
    media_type = sniff(head)
    if media_type == "image/png" and len(head) > 24:
        return head[24]
    if media_type == "image/avif":
        at = head.find(b"av1C")
        if 0 <= at < len(head) - 6:
            flags = head[at + 6]
            return (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    if media_type == "image/jp2":
        at = head.find(b"\xff\x4f\xff\x51")
        if 0 <= at < len(head) - 42:
            return (head[at + 42] & 0x7F) + 1
    return None
