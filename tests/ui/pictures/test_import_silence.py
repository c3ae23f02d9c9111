"""A question to the terminal at import would come back as key presses."""

import os
import pty
import select
import subprocess
import sys

PROGRAM = """
import numpy as np
from rich.color import ColorSystem
from reviewtui.ui.pictures import HalfCells
import sys
before = sys.__stdout__
HalfCells().draw(np.zeros((4, 4, 3), np.uint8), ColorSystem.TRUECOLOR)
assert sys.__stdout__ is before and before.isatty()
assert "textual_image.renderable.halfcell" in sys.modules
"""


def test_import__on_a_terminal__sends_no_byte() -> None:
    main, terminal = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=terminal, stdout=terminal, stderr=subprocess.PIPE)
    os.close(terminal)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    sent = b""
    while select.select([main], [], [], 0)[0]:
        try:
            sent += os.read(main, 4096)
        except OSError:
            break
    os.close(main)
    assert sent == b""


def test_import__room__does_not_import_the_library_before_a_picture_is_drawn() -> None:
    check = "import sys, reviewtui.ui.pictures; sys.exit('textual_image' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
