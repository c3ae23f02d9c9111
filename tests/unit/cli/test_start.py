"""What a command may load: a help over ssh must not wait for libraries that it does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "textual",
    "rich",
    "torch",
    "diffusers",
    "PIL",
    "numpy",
    "cv2",
    "sqlite_utils",
    "pysqlite3",
    "_sqlite3",
    "watchdog",
}
PROBE = """
import sys
from reviewtui.cli.main import main
code = main(sys.argv[1:])
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
sys.exit(code)
"""


def loaded(*words: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("fix", "--help"), ("aprove", "x", "y"), ()])
def test_help__fresh_process__loads_nothing_heavy(words: tuple[str, ...]) -> None:
    assert loaded(*words) & HEAVY == set()


@pytest.mark.parametrize("words", [("presets",), ("engines",)])
def test_lists__fresh_process__load_no_screen_no_model_no_database(words: tuple[str, ...]) -> None:
    assert loaded(*words) & HEAVY == set()


def test_ls__fresh_process__loads_no_screen_no_model_no_picture_library(tmp_path: Path) -> None:
    loaded("ls", str(tmp_path))  # the first call lays out the database, which takes more
    assert loaded("ls", str(tmp_path), "--json") & (HEAVY - {"pysqlite3"}) == set()
