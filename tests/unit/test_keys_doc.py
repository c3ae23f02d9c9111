"""Whoever looks a key up in the docs must find what the desk does."""

import subprocess
import sys
from pathlib import Path

import reviewtui
from reviewtui.ui.bindings import BINDINGS

ROOT = Path(reviewtui.__file__).resolve().parent.parent


def test_keys_doc__as_it_lies_there__is_what_the_bindings_generate() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_keys_doc", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_keys_doc__every_action__is_named() -> None:
    text = (ROOT / "reviewtui" / "docs" / "keys.md").read_text(encoding="utf-8")
    assert [binding.id for binding in BINDINGS if f"`{binding.id}`" not in text] == []
