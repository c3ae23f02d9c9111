"""The neutral grey that pictures are judged against. Light: the first frame needs it before any picture."""

from enum import StrEnum


class Surround(StrEnum):
    """Neutral grey around a picture."""

    DARK = "dark"
    MID = "mid"
    LIGHT = "light"


SURROUND_RGB: dict[Surround, tuple[int, int, int]] = {
    Surround.DARK: (22, 22, 22),
    Surround.MID: (119, 119, 119),
    Surround.LIGHT: (204, 204, 204),
}
