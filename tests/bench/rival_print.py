"""Print a picture with textual-image's Kitty renderable as large as the terminal. ``python -m ... FILE``."""

from __future__ import annotations

import sys

from rich.console import Console
from textual_image.renderable.tgp import Image


def main() -> None:
    Console(force_terminal=True, color_system="truecolor").print(Image(sys.argv[1], width="100%", height="auto"))


if __name__ == "__main__":
    main()
