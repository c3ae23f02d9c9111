"""Folders for stories on a terminal that need no photographs: two assets, small and quick to read."""

from __future__ import annotations

from pathlib import Path

from tests.support.pictures import texture, with_blemish, write_png

BLEMISH = (60, 50, 60, 40)


def write_small_campaign(folder: Path) -> Path:
    """``hero`` in two versions, with a blemish on the second, and ``lake``."""
    clean = texture(320, 240)
    write_png(folder / "hero_v001.png", clean)
    write_png(folder / "hero_v002.png", with_blemish(clean, BLEMISH))
    write_png(folder / "lake_v001.png", texture(320, 240, seed=5))
    return folder
