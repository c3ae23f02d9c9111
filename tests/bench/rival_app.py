"""The smallest app that shows pictures with textual-image over Kitty graphics. Keys: n next, e count, q quit."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Label
from textual_image.widget import TGPImage


class RivalApp(App[None], inherit_bindings=False):
    """See the module."""

    CSS = "Label { height: 1; } TGPImage { width: 1fr; height: 1fr; }"
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, paths: list[str]) -> None:
        super().__init__()
        self._paths = paths
        self._place = self._count = 0

    def compose(self) -> ComposeResult:
        yield Label("count 0", id="count")
        yield TGPImage(self._paths[0])

    def on_key(self, event: Any) -> None:
        if event.key == "n":
            self._place = (self._place + 1) % len(self._paths)
            self.query_one(TGPImage).image = self._paths[self._place]
        elif event.key == "e":
            self._count += 1
            self.query_one("#count", Label).update(f"count {self._count}")
        elif event.key == "q":
            self.exit()


if __name__ == "__main__":
    RivalApp(sys.argv[1:]).run()
