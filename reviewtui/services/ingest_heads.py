"""Say from a file's first bytes why it cannot be a picture. Reads 4 KB of it, decodes nothing."""

import os

from reviewtui.imaging.files import open_regular
from reviewtui.imaging.sniff import HEAD_BYTES, sniff
from reviewtui.services.ingest_walk import NO_RIGHT

_NAMES = {
    "png": "a PNG", "jpg": "a JPEG", "jpeg": "a JPEG", "webp": "a WebP", "tif": "a TIFF", "tiff": "a TIFF",
    "bmp": "a BMP", "gif": "a GIF", "avif": "an AVIF", "jp2": "a JPEG 2000", "tga": "a TGA",
}  # fmt: skip

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "is a PDF document"),
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x1f\x8b", "is a gzip archive"),
    (b"\x7fELF", "is a program"),
    (b"8BPS", "is a Photoshop document"),
    (b"\x76\x2f\x31\x01", "is an OpenEXR picture, which is not supported"),
    (b"\xff\x0a", "is a JPEG XL picture, which is not supported"),
    (b"\0\0\0\x0cJXL ", "is a JPEG XL picture, which is not supported"),
)


def find_head_problem(path: bytes) -> str | None:
    """Why the file at an absolute path cannot be a picture, or None when its head looks like one. Blocking.

    Raises:
        InputError: it cannot be opened; says why.
    """
    descriptor = open_regular(path)
    try:
        head = os.pread(descriptor, HEAD_BYTES, 0)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    finally:
        os.close(descriptor)
    return None if sniff(head) else _describe(head, path)


def _describe(head: bytes, path: bytes) -> str:
    extension = path.rpartition(b".")[2].lower().decode("ascii", "replace")
    wanted = f", not {_NAMES.get(extension, 'a')} picture"
    if not head:
        return "the file is empty"
    if not head.strip(b"\0"):
        return "holds only zero bytes: a copy that never finished"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        return "is a HEIC picture, which is not supported"
    for magic, words in _OTHERS:
        if head.startswith(magic):
            return words + ("" if "picture" in words else wanted)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return f"is a web page{wanted}"
    if start.startswith(b"<svg") or b"<svg" in start[:500]:
        return "is an SVG drawing, which is not supported"
    return f"is {'text' if _is_text(head) else 'something else'}{wanted}"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < HEAD_BYTES - 3:
            return False
        text = head[: error.start].decode("utf-8")  # the last character is cut in the middle
    return all(character.isprintable() or character in "\t\r\n\f\x1b" for character in text)


def is_about_rights(reason: str | None) -> bool:
    """Whether a quarantined file may become readable without any change to its bytes."""
    return reason is not None and ("no permission" in reason or NO_RIGHT in reason)
