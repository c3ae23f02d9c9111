"""Run commands in this process and look at what they say: every answer is checked for what acts on a terminal."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewtui.cli.main import main
from tests.support.terminal_protocol import control_bytes


@dataclass(frozen=True)
class Answer:
    """Exit code and both streams of one command."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Objects of ``--json``."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def record(self) -> dict[str, Any]:
        """The only object."""
        [record] = self.records
        return record


def command(*words: str | Path, may_break: bool = False) -> Answer:
    """What ``reviewtui WORDS`` answers; never a traceback, never a character that acts on a terminal.

    Args:
        may_break: an internal error is what the test is about.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main([os.fspath(word) for word in words])
    texts = []
    for stream in (out, err):
        stream.flush()
        data = stream.buffer.getvalue()
        bad = [name for line in data.split(b"\n") for name in control_bytes(line)]
        assert not bad, f"{words} wrote {bad}: {data!r}"
        texts.append(data.decode())
    assert "Traceback" not in texts[1]
    assert may_break or "internal error" not in texts[1], texts[1]
    return Answer(code, *texts)


def data(*words: str | Path) -> list[dict[str, Any]]:
    """The objects of a command that must succeed; they are ASCII."""
    answer = command(*words, "--json")
    assert answer.code == 0, answer
    assert answer.out.isascii()
    return answer.records
