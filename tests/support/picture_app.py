"""A small app with one picture, for what happens on a real line: keys change the picture, a label echoes.

    python -m tests.support.picture_app [--images MODE] PICTURE...

Keys: n and p next and previous picture, f flip to a copy that differs in a rectangle and back, + - 1 0 zoom, arrows
pan, m move a frame, o overlays of every kind, h hide them, e count, d dialog, q quit.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.colors import color_system
from reviewtui.ui.pictures.detect import detect, quiet_keyboard

CHANGED = PixelRect(400, 300, 300, 200)


@dataclass
class FileSource:
    """A picture from a file, or its copy with a changed rectangle."""

    path: str
    changed: bool = False

    def __post_init__(self) -> None:
        """Decode once."""
        with Image.open(self.path) as image:
            self._pixels = np.asarray(image.convert("RGB")).copy()
        if self.changed:
            part = self._pixels[CHANGED.y : CHANGED.bottom, CHANGED.x : CHANGED.right]
            part[:] = part[:, ::-1].copy()
        self.key = self.path + ("+" if self.changed else "")
        self.size = PixelSize(self._pixels.shape[1], self._pixels.shape[0])

    def load(self, box: PixelRect, target: PixelSize) -> NDArray[np.uint8]:
        """See ``PictureSource``."""
        image = Image.fromarray(self._pixels[box.y : box.bottom, box.x : box.right])
        if box.size != target:
            image = image.resize((target.width, target.height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return np.asarray(image)


def main() -> None:
    """See the module."""
    words = sys.argv[1:]
    images = "auto"
    if words[0] == "--images":
        images, words = words[1], words[2:]
    with quiet_keyboard():
        facts = detect(os.environ)
        os.environ["TEXTUAL_COLOR_SYSTEM"] = color_system(os.environ, seen_truecolor=facts.truecolor) or "auto"
        from tests.support.picture_screen import PictureApp

        PictureApp(facts, images, words).run()


if __name__ == "__main__":
    main()
