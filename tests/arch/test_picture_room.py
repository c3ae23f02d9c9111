"""The picture room can be lifted out: what it imports, what its document promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reviewtui.ui.pictures.facts import TerminalFacts
from tests.support.pictures import gradient, write_png

ROOT = Path(__file__).parent.parent.parent
ROOM = ROOT / "reviewtui" / "ui" / "pictures"
DOCUMENT = ROOT / "reviewtui" / "docs" / "pictures.md"

ALLOWED = {
    "reviewtui.model.errors",
    "reviewtui.model.geometry",
    "reviewtui.model.text",
    "reviewtui.ui.answers",
}
ROOM_NAME = "reviewtui.ui.pictures"


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.startswith("reviewtui")}


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOM)))
def test_room__every_file__imports_only_itself_and_what_is_copied_with_it(path: Path) -> None:
    outside = {name for name in imports_of(path) if not name.startswith(ROOM_NAME)}

    assert outside <= ALLOWED


def test_room__imported_alone__loads_nothing_of_a_review() -> None:
    code = f"import {ROOM_NAME}.room, {ROOM_NAME}.view, sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    packages = {"reviewtui", "reviewtui.model", "reviewtui.ui"}
    loaded = {name for name in done.stdout.split() if name.startswith("reviewtui") and not name.startswith(ROOM_NAME)}

    assert loaded <= ALLOWED | packages


def example() -> dict[str, Any]:
    """The names that the document's example defines."""
    code = DOCUMENT.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, str(DOCUMENT), "exec"), names)
    return names


async def test_document__its_example__shows_pictures_turns_and_zooms(tmp_path: Path) -> None:
    paths = [str(write_png(tmp_path / f"{n}.png", gradient(64 + n, 48))) for n in range(2)]
    app = example()["make_app"](paths, TerminalFacts())

    async with app.run_test(size=(80, 24)) as pilot:
        assert app.view.source.key == paths[0]
        await pilot.press("space", "plus")

        assert app.view.source.key == paths[1]
        assert app.view.viewport.zoom is not None
