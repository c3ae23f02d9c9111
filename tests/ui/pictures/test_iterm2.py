"""Files inside OSC 1337: exact or small, and what a terminal reads of them."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from reviewtui.model.geometry import CellSize
from reviewtui.ui.pictures.iterm2 import PART_BYTES, encode_iterm2, to_jpeg, to_jpeg_within, to_png
from tests.support import pictures
from tests.support.textures import psnr_db, texture


def opened(data: bytes) -> pictures.Pixels:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def test_to_png__any_picture__is_exact_and_says_so() -> None:
    pixels = pictures.pixels(pictures.noise(31, 17))
    file = to_png(pixels)
    assert (opened(file.data) == pixels).all()
    assert file.truth == "true"


def test_to_jpeg__photo__is_close_and_never_called_true() -> None:
    pixels = texture(200, 300)
    better, worse = to_jpeg(pixels, 92), to_jpeg(pixels, 60)
    assert psnr_db(pixels, opened(better.data)) > 35
    assert len(worse.data) < len(better.data)
    assert better.truth == worse.truth == "preview"


def test_to_jpeg__reduced__has_fewer_pixels() -> None:
    assert opened(to_jpeg(texture(100, 60), reduction=4).data).shape == (25, 15, 3)


@pytest.mark.parametrize("limit_bytes", [400_000, 60_000, 12_000, 3_000])
def test_to_jpeg_within__limit__is_kept(limit_bytes: int) -> None:
    file = to_jpeg_within(texture(360, 640), limit_bytes)
    assert len(encode_iterm2(file.data, CellSize(64, 18))) < limit_bytes + 150


def test_to_jpeg_within__more_room__looks_better() -> None:
    pixels = texture(360, 640)
    small, large = to_jpeg_within(pixels, 40_000), to_jpeg_within(pixels, 200_000)
    assert (large.quality, -large.reduction) > (small.quality, -small.reduction)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_to_jpeg_within__impossible_limit__still_gives_a_picture(size: tuple[int, int]) -> None:
    file = to_jpeg_within(pictures.pixels(pictures.noise(*size)), 1)
    assert opened(file.data).size > 0


def test_encode_iterm2__file__says_its_length_and_cells_and_decodes() -> None:
    data = bytes(range(256)) * 3
    match = re.fullmatch(r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07", encode_iterm2(data, CellSize(12, 7)))
    assert match is not None
    arguments = dict(part.split("=") for part in match[1].split(";"))
    assert arguments["inline"] == "1"
    assert (arguments["size"], arguments["width"], arguments["height"]) == (str(len(data)), "12", "7")
    assert (arguments["preserveAspectRatio"], arguments["doNotMoveCursor"]) == ("0", "1")
    assert base64.b64decode(match[2], validate=True) == data


def test_encode_iterm2__in_parts__each_is_short_and_together_they_are_the_file() -> None:
    data = np.random.default_rng(3).bytes(500_000)
    text = encode_iterm2(data, CellSize(80, 24), in_parts=True)
    head, *parts, end = re.findall(r"\x1b\]1337;([^\x07]*)\x07", text)
    assert head.startswith("MultipartFile=inline=1;size=500000;")
    assert end == "FileEnd"
    assert len(parts) == 4
    assert all(len(part) <= PART_BYTES + len("FilePart=") for part in parts)
    assert b"".join(base64.b64decode(part.removeprefix("FilePart="), validate=True) for part in parts) == data
