"""Decoding hostile and ordinary files through the real child process."""

import contextlib
import hashlib
import io
import os
import signal
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.deep_color import DeepColor
from reviewtui.imaging.encode import png_chunks
from reviewtui.imaging.sniff import sniff, sniff_size
from reviewtui.model.errors import BusyError, DriftError, InputError
from reviewtui.model.geometry import PixelSize


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(timeout_s=20) as shared:
        yield shared


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = np.random.default_rng(7).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(data[:, :, 0] if channels == 1 else data, mode)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def png_claiming(width: int, height: int, bits: int = 8) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_inspect__png__hash_is_of_the_file_and_size_as_displayed(decoder: Decoder, tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a dock \x1b[31m")
    path = saved(tmp_path / "a.png", noise(33, 21), pnginfo=text)
    facts = decoder.inspect(path)
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (facts.size, facts.size_bytes, facts.media_type) == (PixelSize(33, 21), path.stat().st_size, "image/png")
    assert facts.info.text["parameters"].startswith("a dock")
    assert (facts.info.bit_depth, facts.info.has_alpha, facts.frames) == (8, False, 1)


def test_inspect__metadata_rewritten__pixel_hash_stays_and_file_hash_moves(decoder: Decoder, tmp_path: Path) -> None:
    image = noise(40, 30)
    text = PngImagePlugin.PngInfo()
    text.add_text("k", "v")
    first = decoder.inspect(saved(tmp_path / "a.png", image))
    second = decoder.inspect(saved(tmp_path / "b.png", image, pnginfo=text))
    third = decoder.inspect(saved(tmp_path / "c.png", noise(30, 40)))
    assert first.pixel_sha256 == second.pixel_sha256 != third.pixel_sha256
    assert first.sha256 != second.sha256


@pytest.mark.parametrize("orientation", range(1, 9))
def test_load__exif_orientation__pixels_are_upright(decoder: Decoder, tmp_path: Path, orientation: int) -> None:
    image = noise(12, 7)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "o.png", image, exif=exif)
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    expected = np.asarray(image.transpose(Image.Transpose(turn)) if turn is not None else image)
    native = decoder.load_native(path)
    assert np.array_equal(native.pixels, expected)
    assert np.array_equal(decoder.load_rgb(path).rgb, expected)
    assert decoder.inspect(path).size == native.size == PixelSize(expected.shape[1], expected.shape[0])
    if native.exif is not None:
        reread = Image.Exif()
        reread.load(native.exif)
        assert reread.get(0x0112, 1) == 1


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "bmp", "gif", "avif", "jp2", "tga"])
def test_inspect__each_allowed_format__is_decoded(decoder: Decoder, tmp_path: Path, extension: str) -> None:
    path = saved(tmp_path / f"a.{extension}", noise(37, 19))
    facts = decoder.inspect(path)
    assert facts.size == PixelSize(37, 19)
    head = path.read_bytes()[:4096]
    assert sniff(head) == facts.media_type
    assert sniff_size(head) in (None, facts.size)


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "gif", "bmp"])
def test_sniff_size__cheap_formats__tells_the_size(tmp_path: Path, extension: str) -> None:
    head = saved(tmp_path / f"a.{extension}", noise(37, 19)).read_bytes()[:4096]
    assert sniff_size(head) == PixelSize(37, 19)


def test_load_rgb__within__fits_and_knows_the_full_size(decoder: Decoder, tmp_path: Path) -> None:
    path = saved(tmp_path / "big.jpg", noise(1600, 900).resize((1600, 900)), quality=90)
    picture = decoder.load_rgb(path, within=PixelSize(200, 200))
    assert picture.rgb.shape == (112, 200, 3)
    assert picture.full_size == PixelSize(1600, 900)
    assert picture.factor == 200 / 1600
    assert decoder.load_rgb(path, within=PixelSize(9000, 9000)).rgb.shape == (900, 1600, 3)


def test_load_rgb__other_layouts__become_plain_srgb(decoder: Decoder, tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((8, 8), 40000, dtype=np.uint16))
    assert decoder.load_rgb(saved(tmp_path / "d.png", deep)).rgb[0, 0].tolist() == [40000 >> 8] * 3
    cmyk = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    assert decoder.load_rgb(saved(tmp_path / "e.jpg", cmyk)).rgb.min() > 250
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    damaged = saved(tmp_path / "f.png", noise(8, 8), icc_profile=profile[:60])
    assert np.array_equal(decoder.load_rgb(damaged).rgb, np.asarray(noise(8, 8)))


@pytest.mark.parametrize("size", [(8, 8), (640, 480), (1, 1), (3000, 3)])
def test_load_rgb__transparent__shows_a_neutral_checkerboard(
    decoder: Decoder, tmp_path: Path, size: tuple[int, int]
) -> None:
    rgb = decoder.load_rgb(saved(tmp_path / "c.png", Image.new("RGBA", size, (255, 0, 0, 0)))).rgb
    side = max(min(max(size) // 64, min(size) // 4), 4)
    squares = np.indices(rgb.shape[:2]) // side
    light = squares.sum(axis=0) % 2 == 1
    assert (rgb[light] == 152).all()
    assert (rgb[~light] == 104).all()


def test_load_rgb__palette_with_transparency__only_that_colour_shows_the_checkerboard(
    decoder: Decoder, tmp_path: Path
) -> None:
    indices = np.zeros((64, 64), dtype=np.uint8)
    indices[:, 32:] = 1
    image = Image.fromarray(indices, "P")
    image.putpalette([200, 10, 10, 20, 30, 240])
    rgb = decoder.load_rgb(saved(tmp_path / "p.png", image, transparency=0)).rgb
    assert (rgb[:, 32:] == (20, 30, 240)).all()
    assert {tuple(one) for one in rgb[:, :32].reshape(-1, 3).tolist()} == {(104, 104, 104), (152, 152, 152)}


def test_load_rgb__half_transparent__is_mixed_with_the_checkerboard(decoder: Decoder, tmp_path: Path) -> None:
    rgb = decoder.load_rgb(saved(tmp_path / "h.png", Image.new("RGBA", (16, 16), (255, 255, 255, 128)))).rgb
    assert sorted({one[0] for one in rgb.reshape(-1, 3).tolist()}) == [180, 204]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_load_native__exact_layouts__samples_and_metadata_survive(decoder: Decoder, tmp_path: Path, mode: str) -> None:
    image = noise(31, 17, mode)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "dock")
    path = saved(tmp_path / "a.png", image, icc_profile=icc, dpi=(300, 300), pnginfo=text)
    native = decoder.load_native(path, expect_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert native.mode == mode
    assert np.array_equal(native.pixels, np.asarray(image))
    assert (native.icc, native.text) == (icc, {"prompt": "dock"})
    assert native.dpi is not None
    assert abs(native.dpi[0] - 300) < 0.1
    assert not native.pixels.flags.writeable


def test_load_native__palette_bilevel_and_deep_grey__are_exact(decoder: Decoder, tmp_path: Path) -> None:
    palette = noise(20, 20).quantize(16)
    native = decoder.load_native(saved(tmp_path / "p.png", palette))
    assert np.array_equal(native.pixels, np.asarray(palette.convert("RGB")))
    bilevel = noise(20, 20, "L").convert("1")
    assert np.array_equal(
        decoder.load_native(saved(tmp_path / "1.png", bilevel)).pixels, np.asarray(bilevel.convert("L"))
    )
    deep = np.random.default_rng(1).integers(0, 65536, (9, 11), dtype=np.uint16)
    loaded = decoder.load_native(saved(tmp_path / "d.png", Image.fromarray(deep)))
    assert loaded.mode == "I;16"
    assert np.array_equal(loaded.pixels, deep)
    big_endian = saved(tmp_path / "d.tif", Image.frombytes("I;16B", (11, 9), deep.astype(">u2").tobytes()))
    assert np.array_equal(decoder.load_native(big_endian).pixels, deep)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [3, 4])
def test_load_native__deep_color__is_exact_and_upright(
    decoder: Decoder, tmp_path: Path, channels: int, orientation: int
) -> None:
    deep = np.random.default_rng(5).integers(0, 65536, (9, 11, channels), dtype=np.uint16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    small = io.BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", exif=exif, dpi=(300, 300))
    beside = b"".join(c for kind, c in png_chunks(small.getvalue()) if kind in (b"eXIf", b"pHYs"))
    chunks = dict(png_chunks(DeepColor(deep).png()))
    (tmp_path / "d.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunks[b"IHDR"] + beside + chunks[b"IDAT"] + chunks[b"IEND"]
    )
    loaded = decoder.load_native(tmp_path / "d.png")
    eight = Image.fromarray((deep >> 8).astype(np.uint8))
    exif_of = Image.Exif()
    exif_of[0x0112] = orientation
    eight.save(tmp_path / "e.png", exif=exif_of)
    assert loaded.mode == ("RGB;16" if channels == 3 else "RGBA;16")
    assert np.array_equal(loaded.pixels >> 8, decoder.load_native(tmp_path / "e.png").pixels)
    assert sorted(loaded.pixels.ravel().tolist()) == sorted(deep.ravel().tolist())
    assert loaded.dpi is not None
    assert loaded.exif is None or orientation == 1


def test_inspect__low_byte_of_deep_color_differs__is_another_picture(decoder: Decoder, tmp_path: Path) -> None:
    deep = np.full((4, 4, 3), 0x1234, dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(DeepColor(deep).png())
    deep[2, 2, 1] += 1
    (tmp_path / "b.png").write_bytes(DeepColor(deep).png())
    assert decoder.inspect(tmp_path / "a.png").pixel_sha256 != decoder.inspect(tmp_path / "b.png").pixel_sha256


def test_load_native__damaged_deep_color__is_refused_in_words(decoder: Decoder, tmp_path: Path) -> None:
    whole = DeepColor(np.random.default_rng(5).integers(0, 65536, (300, 400, 3), dtype=np.uint16)).png()
    (tmp_path / "e.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError) as caught:
        decoder.load_native(tmp_path / "e.png")
    assert "\n" not in str(caught.value)


def test_load_native__samples_that_cannot_stay_exact__refused_with_a_remedy(decoder: Decoder, tmp_path: Path) -> None:
    frames = [noise(8, 8), noise(8, 8).rotate(90)]
    cases = [
        saved(tmp_path / "a.jpg", Image.new("CMYK", (8, 8))),
        saved(tmp_path / "b.tif", Image.new("F", (8, 8))),
        saved(tmp_path / "c.gif", frames[0], save_all=True, append_images=frames[1:]),
        saved(tmp_path / "d.tif", Image.new("LAB", (8, 8))),
    ]
    for path in cases:
        with pytest.raises(InputError) as caught:
            decoder.load_native(path)
        assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_load__other_bytes_than_expected__drift(decoder: Decoder, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", noise(8, 8))
    for load in (decoder.load_rgb, decoder.load_native):
        with pytest.raises(DriftError):
            load(path, expect_sha256="0" * 64)


def test_inspect__special_files__one_line_each_and_no_hang(decoder: Decoder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(saved(tmp_path / "a.png", noise(4, 4)))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s.png"))
    words = {}
    for name in ("fifo.png", "folder.png", "link.png", "s.png", "gone.png"):
        with pytest.raises(InputError) as caught:
            decoder.inspect(tmp_path / name)
        words[name] = caught.value.message
    listener.close()
    with pytest.raises(InputError, match="device"):
        decoder.inspect("/dev/zero")
    assert words["fifo.png"].startswith("a named pipe")
    assert words["folder.png"].startswith("a folder")
    assert words["link.png"].startswith("a symbolic link")
    assert words["gone.png"] == "the file is gone"


def test_inspect__damaged_files__refused_in_words(decoder: Decoder, tmp_path: Path) -> None:
    whole = saved(tmp_path / "whole.png", noise(64, 64)).read_bytes()
    jpeg = saved(tmp_path / "whole.jpg", noise(64, 64)).read_bytes()
    cases = {
        "empty": b"",
        "text": b"this is no picture at all, really\n" * 9,
        "cut png": whole[:-30],
        "no end": whole[:-12],
        "flipped": whole[:200] + bytes([whole[200] ^ 4]) + whole[201:],
        "cut jpeg": jpeg[: len(jpeg) // 2],
        "bomb": png_claiming(60_000, 60_000),
        "flat": png_claiming(0, 5),
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            decoder.inspect(path)
        assert "\n" not in str(caught.value), name
        assert "0x" not in str(caught.value), name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_decoder__any_bytes__give_a_picture_or_an_input_error(
    decoder: Decoder, tmp_path: Path, data: st.DataObject
) -> None:
    extension = data.draw(st.sampled_from(["png", "jpg", "webp", "tif", "bmp", "gif", "avif", "jp2", "tga"]))
    seed = tmp_path / f"seed.{extension}"
    if not seed.exists():
        noise(24, 16).save(seed)
    raw = bytearray(seed.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(0, len(raw))) or len(raw) :]
    broken = tmp_path / "broken"
    broken.write_bytes(raw)
    for use in (decoder.inspect, decoder.load_rgb, decoder.load_native):
        with contextlib.suppress(InputError):
            use(broken)


def test_decoder__file_written_while_read__refused(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "growing.png"
    path.write_bytes(png_claiming(9, 9) + b"\0" * 60_000_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x" * 4096)

    def refused() -> str:
        with pytest.raises(InputError) as refusal:
            decoder.inspect(path)
        return str(refusal.value)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        # On a busy machine the writer may rest while the file is read; then it is whole, and only a broken picture.
        assert any("changed while" in refused() for _ in range(100))
    finally:
        stop.set()
        writer.join()


def test_decoder__child_killed_between_files__next_file_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", noise(8, 8))
    with Decoder() as own:
        first = own.inspect(path)
        (child,) = own._idle
        os.kill(child.process.pid, signal.SIGKILL)
        assert own.inspect(path) == first
        assert own._idle[0].process.pid != child.process.pid


def test_decoder__child_that_hangs__stopped_in_words_and_replaced(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", noise(8, 8))
    with Decoder(timeout_s=0.5) as own:
        own.warm_up()
        (child,) = own._idle
        os.kill(child.process.pid, signal.SIGSTOP)
        with pytest.raises(InputError, match="took longer"):
            own.inspect(path)
        assert child.process.returncode is not None
    with Decoder() as own:
        assert own.inspect(path).size == PixelSize(8, 8)


def test_decoder__too_little_memory__refused_in_words(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGB", (9000, 9000)))
    with Decoder(memory_bytes=400 << 20) as own, pytest.raises(InputError, match="memory"):
        own.load_native(path)


def test_decoder__parent_lets_go__child_ends(tmp_path: Path) -> None:
    own = Decoder()
    own.inspect(saved(tmp_path / "a.png", noise(8, 8)))
    (child,) = own._idle
    child.sock.close()
    child.process.wait(timeout=10)
    own.close()
    with pytest.raises(BusyError):
        own.inspect(tmp_path / "a.png")


def test_decoder__several_threads__each_gets_its_own_picture(decoder: Decoder, tmp_path: Path) -> None:
    paths = [saved(tmp_path / f"{side}.png", noise(side, side)) for side in range(10, 22)]
    sizes: dict[Path, PixelSize] = {}
    threads = [threading.Thread(target=lambda p=path: sizes.update({p: decoder.inspect(p).size})) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {path: size.width for path, size in sizes.items()} == {path: int(path.stem) for path in paths}
    assert len(decoder._idle) <= 2


def test_decoder__workspace_with_a_file_called_PIL__is_not_run(  # noqa: N802
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PIL.py").write_text("import os; os.kill(os.getpid(), 9)")
    path = saved(tmp_path / "a.png", noise(8, 8))
    monkeypatch.chdir(tmp_path)
    with Decoder() as own:
        assert own.inspect(path).size == PixelSize(8, 8)
