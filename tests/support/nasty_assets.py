# Paths are bytes here, since some are not UTF-8:
# ruff: noqa: PTH101, PTH103, PTH118, PTH120, PTH211
"""Make a folder of hostile assets: damaged pictures, wrong formats, bombs, awkward names, links and special files.

    python -m tests.support.nasty_assets OUT [--no-big]

Writes OUT/ and OUT.manifest.json, a list of {"path_hex", "kind"}; paths are hex because some are not UTF-8.  The
result is the same on every run.  A case that the file system refuses is listed with the reason.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

Case = tuple[str | bytes, bytes, str]  # path below OUT, content, kind


# --- building blocks


def picture(width: int = 320, height: int = 240, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A smooth coloured picture that differs by seed."""
    noise = random.Random(seed)
    small = Image.frombytes("RGB", (16, 12), bytes(noise.randrange(256) for _ in range(16 * 12 * 3)))
    return small.resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def hand_made_png(width: int, height: int, idat: bytes, bits: int = 8, before_idat: bytes = b"") -> bytes:
    """An RGB PNG whose header may claim anything."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before_idat + png_chunk(b"IDAT", idat) + png_chunk(b"IEND", b"")


def black_rows(width: int, height: int) -> bytes:
    """The compressed pixels of a black RGB picture of any size, made without holding it in memory."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width * 3)
    return b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])


def jpeg_claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with other dimensions in its frame header."""
    data, at = bytearray(jpeg), 2
    while data[at + 1] not in (0xC0, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def with_byte(data: bytes, at: int, *values: int) -> bytes:
    """`data` with the bytes at position `at` replaced."""
    return data[:at] + bytes(values) + data[at + len(values) :]


JPEG = encoded(picture(), "JPEG", quality=90)
PNG = encoded(picture(), "PNG")
TINY = encoded(picture(8, 8), "PNG")


# --- the cases


def sound() -> Iterator[Case]:
    """Good files: a reader that refuses one of these is too strict."""
    yield "ok/plain.jpg", JPEG, "ok"
    yield "ok/plain.png", PNG, "ok"
    yield "ok/plain.webp", encoded(picture(), "WEBP"), "ok"
    yield "ok/progressive.jpg", encoded(picture(), "JPEG", progressive=True), "ok"
    yield "ok/palette.png", encoded(picture(mode="P"), "PNG"), "ok"
    yield "ok/rgba.png", encoded(picture(mode="RGBA"), "PNG"), "ok"
    yield "ok/tiny_1x1.png", encoded(picture(1, 1), "PNG"), "ok"


def damaged() -> Iterator[Case]:
    for share in (2, 50):
        yield f"bad/cut_{share:02d}.jpg", JPEG[: len(JPEG) * share // 100], "truncated"
    for share in (50, 98):
        yield f"bad/cut_{share:02d}.png", PNG[: len(PNG) * share // 100], "truncated"
    yield "bad/zero.png", b"", "zero bytes"
    yield "bad/one_byte.jpg", b"\xff", "one byte"
    yield "bad/nul_4k.jpg", bytes(4096), "preallocated, all NUL"
    yield "bad/bitflip.png", with_byte(PNG, len(PNG) // 2, PNG[len(PNG) // 2] ^ 0xFF), "bit flip in IDAT"
    yield "bad/early_eoi.jpg", with_byte(JPEG, len(JPEG) // 2, 0xFF, 0xD9), "early end of image"
    yield "bad/no_iend.png", PNG[:-12], "no IEND"
    yield "bad/garbage_after.png", PNG + b"GARBAGE" * 50, "trailing bytes"


def misnamed() -> Iterator[Case]:
    yield "ext/jpeg_named.png", JPEG, "wrong extension"
    yield "ext/html_named.jpg", b"<!doctype html><title>404</title>", "html as jpg"
    yield "ext/noext", PNG, "no extension"
    yield "ext/UPPER.PNG", PNG, "upper case extension"
    yield "ext/double.png.tmp", PNG, "temporary file"
    yield "ext/plain.png~", PNG, "backup"
    yield "ext/.hidden.png", PNG, "hidden"
    yield "ext/file.crdownload", PNG[:100], "partial download"


def awkward() -> Iterator[Case]:
    """Valid or half-valid files of kinds that need care."""
    yield "odd/cmyk.jpg", encoded(picture(mode="CMYK"), "JPEG"), "CMYK JPEG"
    ramp = struct.pack("<76800H", *((x * y * 7) & 0xFFFF for y in range(240) for x in range(320)))
    yield "odd/gray16.png", encoded(Image.frombytes("I;16", (320, 240), ramp), "PNG"), "16 bit gray"
    for orientation in (3, 6, 8):
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = encoded(picture(320, 200), "JPEG", exif=exif)
        yield f"odd/exif_{orientation}.jpg", content, f"EXIF orientation {orientation}"
    first, *rest = (picture(64, 64, seed=seed) for seed in range(12))
    yield "odd/anim.gif", encoded(first, "GIF", save_all=True, append_images=rest, duration=40), "animated GIF"
    yield "odd/anim.png", encoded(first, "PNG", save_all=True, append_images=rest), "animated PNG"
    yield "odd/still.avif", encoded(picture(), "AVIF"), "AVIF"
    yield "odd/multi.tiff", encoded(picture(), "TIFF", save_all=True, append_images=rest[:3]), "multipage TIFF"
    yield "odd/bmp.bmp", encoded(picture(), "BMP"), "BMP"
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect width="9" height="9"/></svg>'
    yield "odd/drawing.svg", drawing, "SVG"
    yield "odd/fake.heic", struct.pack(">I", 24) + b"ftypheic\0\0\0\0heicmif1" + bytes(64), "HEIC magic only"
    text = PngInfo()
    text.add_text("parameters", "[red]a cat[/] \x1b]0;pwned\x07 [/nope]\nSteps: 20, Seed: 1")
    yield "odd/prompt.png", encoded(picture(), "PNG", pnginfo=text), "PNG text with markup and ESC"


def bombs(big: bool) -> Iterator[Case]:
    """Files that claim or unpack to far more than they weigh."""
    yield "bomb/header_60000x60000.png", hand_made_png(60000, 60000, zlib.compress(b"\0")), "header claims 3.6 Gpx"
    yield "bomb/header_0x0.png", hand_made_png(0, 0, b""), "0x0"
    yield "bomb/header_65500x65500.jpg", jpeg_claiming(JPEG, 65500, 65500), "JPEG header claims 4.3 Gpx"
    comment = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80 << 20), 9))
    yield "bomb/ztxt_80M.png", hand_made_png(8, 8, black_rows(8, 8), before_idat=comment), "80 MB text chunk"
    if big:
        yield "bomb/real_12000x10000.png", hand_made_png(12000, 10000, black_rows(12000, 10000)), "120 Mpx, valid"
        yield "bomb/wide_100000x8.png", hand_made_png(100000, 8, black_rows(100000, 8)), "extreme aspect"


def names() -> Iterator[Case]:
    """Good pictures under names that hurt a terminal, a markup parser, a shell or a database."""
    listed: list[tuple[bytes, str]] = [
        (b"new\nline.png", "newline"),
        (b"\x1b[31mred\x1b[0m.png", "ESC colour"),
        (b"\x1b]0;pwned\x07.png", "ESC window title"),
        ("\x9b31m_c1.png".encode(), "C1 control in UTF-8"),
        (b"[red]x[%2F].png", "markup"),
        (b"[nope.png", "markup unclosed"),
        (b"[@click=app.bell]c.png", "markup action"),
        (b"[x].png", "markup short"),
        (b"\xff\xfe_notutf8.png", "not UTF-8"),
        ("cafe\u0301.png".encode(), "NFD"),
        ("caf\u00e9.png".encode(), "NFC twin"),
        ("\U0001f469\u200d\U0001f680 \U0001f1e9\U0001f1ea.png".encode(), "emoji sequence and flag"),
        ("\u202egnp.exe.png".encode(), "right-to-left override"),
        ("日本語の長い名前.png".encode(), "double width"),
        (b" lead and trail .png ", "spaces"),
        (b"-rf.png", "dash"),
        (b"q'u\"o;te--.png", "quotes"),
        (b"a" * 251 + b".png", "255 bytes"),
    ]
    for name, kind in listed:
        yield b"names/" + name, TINY, "name: " + kind
    yield b"names/[red]d[/nope]/x.png", TINY, "folder name: bad closing tag"


def write_cases(out: bytes, cases: Iterator[Case]) -> Iterator[tuple[bytes, str]]:
    for name, content, kind in cases:
        path = os.path.join(out, os.fsencode(name))
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            Path(os.fsdecode(path)).write_bytes(content)
        except OSError as error:
            kind += f" (not created: {error.strerror})"
        yield path, kind


def special_files(out: bytes) -> Iterator[tuple[bytes, str]]:
    """Links, a FIFO, a file nobody may read, a sparse giant, an odd date, a deep path."""
    folder = os.path.join(out, b"links")
    os.makedirs(folder, exist_ok=True)

    def path(name: bytes) -> bytes:
        return os.path.join(folder, name)

    for name, target, kind in (
        (b"loop", b"..", "symlink loop to the parent"),
        (b"dangling.png", b"no/such/file.png", "dangling symlink"),
        (b"good.png", b"../ok/plain.png", "good symlink"),
        (b"outside.png", b"/etc/passwd", "symlink out of the folder"),
    ):
        os.symlink(target, path(name))
        yield path(name), kind
    os.mkfifo(path(b"fifo.png"))
    yield path(b"fifo.png"), "FIFO, open() blocks"
    os.link(os.path.join(out, b"ok/plain.png"), path(b"hard.png"))
    yield path(b"hard.png"), "hard link"
    for name, kind in ((b"noperm.png", "mode 000"), (b"sparse.png", "sparse, 2 GiB"), (b"future.png", "mtime 2100")):
        Path(os.fsdecode(path(name))).write_bytes(PNG)
        yield path(name), kind
    os.chmod(path(b"noperm.png"), 0)
    os.truncate(path(b"sparse.png"), 2 << 30)
    os.utime(path(b"future.png"), (4102444800, 4102444800))
    deep = os.path.join(out, b"tree", *[b"d" * 50] * 60)
    os.makedirs(deep)
    Path(os.fsdecode(deep + b"/x.png")).write_bytes(TINY)
    yield deep + b"/x.png", "3 kB path"


def generate(out: Path, big: bool = True) -> list[tuple[bytes, str]]:
    """Write every case below `out`, which must not exist yet; return (path, kind) pairs."""
    out.mkdir(parents=True)
    root = os.fsencode(out)
    made: list[tuple[bytes, str]] = []
    for group in (sound(), damaged(), misnamed(), awkward(), bombs(big), names()):
        made += write_cases(root, group)
    return made + list(special_files(root))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to make; must not exist")
    parser.add_argument("--no-big", action="store_true", help="leave out the pictures that are really huge")
    args = parser.parse_args()
    made = generate(args.out, big=not args.no_big)
    manifest = args.out.with_name(args.out.name + ".manifest.json")
    manifest.write_text(json.dumps([{"path_hex": path.hex(), "kind": kind} for path, kind in made], indent=1))
    print(f"{len(made)} cases in {args.out}, listed in {manifest}")


if __name__ == "__main__":
    main()
