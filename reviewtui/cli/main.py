"""The entry point, and the one place of the command line where failures end: one line, an exit code, no traceback."""

import importlib
import sys
from collections.abc import Sequence

from reviewtui.cli.output import Output
from reviewtui.cli.parser import parse
from reviewtui.model.errors import ReviewError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 1 refused or failed, 2 usage, 3 try again, 130 interrupted.

    Args:
        argv: words after the program's name; None for the process's own.
    """
    out = Output()
    try:
        code = _run(sys.argv[1:] if argv is None else argv, out)
        out.flush()
    except ReviewError as error:
        out.fail(error)
        return _end(out, error.exit_code)
    except KeyboardInterrupt:
        out.say("interrupted")
        return _end(out, INTERRUPTED)
    except BrokenPipeError:
        out.abandon()
        return 1
    except Exception as error:  # noqa: BLE001 - the one place: whatever happened, no traceback reaches the terminal
        where = _write_crash_log(error)
        out.say(f"reviewtui: an internal error ({type(error).__name__}) - please report it with {where}")
        return _end(out, 1)
    return code


def _run(argv: Sequence[str], out: Output) -> int:
    parsed = parse(argv)
    if parsed.text is not None or parsed.command is None:
        out.line(parsed.text or "")
        return 0
    out.as_json = parsed.arguments.json
    module, _, function = parsed.command.run.partition(":")
    code: int = getattr(importlib.import_module(f"reviewtui.cli.{module}"), function)(parsed.arguments, out)
    return code


def _end(out: Output, code: int) -> int:
    """Let what was printed before the failure out, if somebody reads it."""
    try:
        out.flush()
    except (BrokenPipeError, ReviewError):
        out.abandon()
    return code


def _write_crash_log(error: BaseException) -> str:
    """Write the traceback where it can be found; its path."""
    import tempfile
    import traceback
    from pathlib import Path

    from platformdirs import user_state_path

    text = "".join(traceback.format_exception(error))
    for folder in (user_state_path("reviewtui"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w",
                prefix="crash-",
                suffix=".log",
                dir=folder,
                delete=False,
                encoding="utf-8",
                errors="backslashreplace",
            ) as log:
                log.write(text)
            return log.name
        except OSError:
            continue
    return "no file: nothing can be written"
