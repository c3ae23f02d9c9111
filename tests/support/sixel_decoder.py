"""Reads a Sixel picture character by character, as the manual of the VT340 describes it; slow and simple on purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_PICTURE = re.compile(r"\x1bP(?P<parameters>[0-9;]*)q(?P<data>[^\x1b]*)\x1b\\")


@dataclass
class SixelPicture:
    """What a terminal would have drawn.

    Attributes:
        size: width and height as the raster attributes say.
        percent: (height, width, 3) colours, 0 to 100; -1 where nothing was drawn.
        defined_unselected: registers that were defined and not selected next.
        rows_touched: pixel rows that the picture wrote or could have written; more than the height may scroll.
        ends_with_newline: whether the cursor was left on a new band.
    """

    size: tuple[int, int]
    percent: NDArray[np.int16]
    defined_unselected: list[int] = field(default_factory=list)
    rows_touched: int = 0
    ends_with_newline: bool = False
    registers: dict[int, tuple[int, int, int]] = field(default_factory=dict)


def decode_sixels(text: str) -> list[SixelPicture]:
    """All Sixel pictures in a text."""
    return [_decode(match["parameters"], match["data"]) for match in _PICTURE.finditer(text)]


def _decode(parameters: str, data: str) -> SixelPicture:
    assert parameters.split(";")[1] == "1", "pixels that are not drawn must stay"
    raster = re.match(r'"(\d+);(\d+);(\d+);(\d+)', data)
    assert raster is not None, "no raster attributes"
    width, height = int(raster[3]), int(raster[4])
    picture = SixelPicture((width, height), np.full((height, width, 3), -1, dtype=np.int16))
    position, x, band, repeat, current = raster.end(), 0, 0, 1, -1
    while position < len(data):
        character = data[position]
        position += 1
        if character == "#":
            match = re.compile(r"(\d+)(?:;2;(\d+);(\d+);(\d+))?").match(data, position)
            assert match is not None
            number = int(match[1])
            position = match.end()
            if match[2] is not None:
                picture.registers[number] = (int(match[2]), int(match[3]), int(match[4]))
                assert max(picture.registers[number]) <= 100
                if not re.compile(rf"#{number}(?![0-9;])").match(data, position):
                    picture.defined_unselected.append(number)
            else:
                current = number
        elif character == "!":
            match = re.compile(r"\d+").match(data, position)
            assert match is not None
            repeat, position = int(match[0]), match.end()
        elif character == "$":
            x = 0
        elif character == "-":
            x, band = 0, band + 1
        else:
            bits = ord(character) - ord("?")
            assert 0 <= bits < 64, f"{character!r} is no sixel"
            for row in range(6):
                if bits >> row & 1:
                    y = band * 6 + row
                    assert y < height, "drawn below the raster"
                    assert x + repeat <= width, "drawn beside the raster"
                    picture.percent[y, x : x + repeat] = picture.registers[current]
            x, repeat = x + repeat, 1
    picture.rows_touched = (band + 1) * 6
    picture.ends_with_newline = data.endswith("-")
    return picture
