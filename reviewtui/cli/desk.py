"""``open`` and ``demo``: the commands that begin the desk."""

import gc
import os
from argparse import Namespace
from contextlib import ExitStack

from reviewtui.cli.output import Output
from reviewtui.cli.wiring import decoding, opened
from reviewtui.ui.colors import color_system
from reviewtui.ui.pictures.detect import detect, quiet_keyboard


def open_desk(args: Namespace, out: Output) -> int:
    """Open the desk on a folder until the reviewer leaves it."""
    _need_terminal()
    # A tenth of the start is spent on looking for garbage that is not there; the desk enables it again.
    gc.disable()
    # Settings that do not hold and folders that cannot be used are told before the screen is taken over.
    flags = {"ui_images": args.images, "ui_queue": args.queue}
    with (
        opened(args, read_only=args.read_only, flags=flags) as workspace,
        ExitStack() as stack,
        quiet_keyboard(),
    ):
        terminal = detect(os.environ)
        # Textual reads it when it is imported.
        if system := color_system(os.environ, seen_truecolor=terminal.truecolor):
            os.environ["TEXTUAL_COLOR_SYSTEM"] = system
        from reviewtui.ui.app import run_desk

        return run_desk(workspace, lambda: stack.enter_context(decoding(workspace)), terminal=terminal)


def demo(args: Namespace, out: Output) -> int:
    """Lay out the sample workspace, and open it unless only its path is asked for."""
    from reviewtui.services.demo import lay_out_demo

    folder = lay_out_demo(args.dir)
    if args.no_open:
        if out.as_json:
            from reviewtui.cli.records import path_fields

            out.record({"folder": path_fields(str(folder))["path"]})
        else:
            out.line(str(folder))
        return 0
    out.say(f"the demo is in {folder}")
    args.folder, args.read_only = str(folder), False
    return open_desk(args, out)


def _need_terminal() -> None:
    import sys

    from reviewtui.model.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the desk needs a terminal", "over ssh: ssh -t HOST reviewtui FOLDER; in scripts use the other commands"
        )
