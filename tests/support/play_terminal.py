"""Run a program in a fake terminal, press keys, print what each step wrote.

    python -m tests.support.play_terminal --protocol kitty --cols 160 --rows 50 \\
        --keys 'j,j,resize:100x30,q' -- CMD...
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile, Step, key_bytes

COLUMNS = (
    ("step", "label"), ("bytes", "written_bytes"), ("picture", "picture_bytes"), ("first", "first"), ("last", "last"),
    ("sent", "kitty_sent"), ("placed", "kitty_placed"), ("deleted", "kitty_deleted"), ("frames", "kitty_frames"),
    ("broken", "kitty_broken"),
    ("cells", "placeholders"), ("sixel", "sixel_images"), ("iterm2", "iterm2_images"),
)  # fmt: skip


def table(steps: list[Step]) -> str:
    """The steps as an aligned text table; times in ms."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return f"{value * 1000:.0f} ms"
        return "-" if value is None else str(value)

    grid = [[title for title, _ in COLUMNS], *([cell(getattr(s, name)) for _, name in COLUMNS] for s in steps)]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    return "\n".join(
        "  ".join(text.rjust(w) if i else text.ljust(w) for i, (text, w) in enumerate(zip(row, widths, strict=True)))
        for row in grid
    )


def pair(text: str) -> tuple[int, int]:
    """Parse '10x20'."""
    left, _, right = text.partition("x")
    return int(left), int(right)


def key_list(text: str) -> list[str]:
    """Parse and check --keys."""
    keys = [key for key in text.split(",") if key]
    try:
        for key in keys:
            if not re.fullmatch(r"resize:\d+x\d+|wait:\d+(\.\d+)?", key):
                key_bytes(key)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return keys


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run CMD in a fake terminal, press keys, print what each step wrote.",
        epilog="Keys: one character each, or enter escape tab space comma up down left right pageup pagedown home "
        "end backspace delete ctrl+x; 'resize:100x30' and 'wait:2' (seconds) are steps too.",
    )
    parser.add_argument("--protocol", choices=("kitty", "sixel", "iterm2", "none"), default="kitty")
    parser.add_argument("--cols", type=int, default=120)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--cell", type=pair, default=(10, 20), metavar="WxH", help="cell size in pixels (10x20)")
    parser.add_argument("--keys", type=key_list, default=[], help="comma separated steps")
    parser.add_argument("--delay-ms", type=float, default=0, help="answer each query this much later")
    parser.add_argument("--silent", action="store_true", help="answer no query at all")
    parser.add_argument("--quiet", type=float, default=1.0, help="seconds of silence that end a step")
    parser.add_argument("--limit", type=float, default=60.0, help="longest step in seconds")
    parser.add_argument("--screen", action="store_true", help="print the last screen as text (needs pyte)")
    parser.add_argument("--save", metavar="FILE", help="write the raw output of CMD to FILE")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("command", nargs="+", metavar="CMD")
    return parser.parse_args()


def play(term: FakeTerminal, keys: list[str], quiet: float, limit: float) -> Iterator[Step]:
    """Run the start and every step of --keys."""
    yield term.pump(quiet=quiet, limit=limit)
    for key in keys:
        name, colon, argument = key.partition(":")
        if colon and name == "resize":
            yield term.resize(*pair(argument), quiet=quiet, limit=limit)
        elif colon and name == "wait":
            yield term.pump(key, quiet=float(argument), limit=limit)
        else:
            yield term.send(key, quiet=quiet, limit=limit)


def main() -> int:
    args = parse_arguments()
    if shutil.which(args.command[0]) is None:
        sys.exit(f"play_terminal: no such program: {args.command[0]}")
    profile = dataclasses.replace(Profile.for_protocol(args.protocol), silent=args.silent)
    with FakeTerminal(
        args.command, cols=args.cols, rows=args.rows, cell=args.cell,
        profile=profile, delay_ms=args.delay_ms, screen=args.screen,
    ) as term:  # fmt: skip
        steps = list(play(term, args.keys, args.quiet, args.limit))
        leaked = sorted(term.leaked())
        lines = term.screen_text() if args.screen else []
    if args.save:
        Path(args.save).write_bytes(term.raw)
    result = {
        "leaked": leaked,
        "osc": [o.decode("utf-8", "backslashreplace") for o in term.osc],
        "exit_code": term.exit_code,
        "cpu_seconds": round(term.cpu_seconds, 3),
        "max_rss_mib": round(term.max_rss_mib, 1),
    }
    if args.json:
        rows = [{name: getattr(s, name) for _, name in COLUMNS} for s in steps]
        print(json.dumps({"steps": rows, **result, "screen": lines}, indent=2))
        return 0
    print(table(steps))
    print(f"leaked kitty ids: {leaked or 'none'}; window titles and other OSC: {len(term.osc)}")
    print(f"exit code {term.exit_code}, cpu {term.cpu_seconds:.2f} s, peak memory {term.max_rss_mib:.0f} MiB")
    if args.screen:
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
