"""Desks on terminals and commands in processes of their own, as a reviewer starts them; nothing of them stays behind.

    with Stage(folder) as stage:
        desk = stage.desk()
        desk.wait_mode("BROWSE")

Waits on what the screen, the database or the system shows, never on time.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import reviewtui
from reviewtui.services.background import is_anybody_present, is_worker_running
from reviewtui.settings.paths import workspace_paths
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile, Step, control_bytes, tokens

ROOT = Path(reviewtui.__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-m", "reviewtui")
LIMIT_S = 30.0

Row = tuple[Any, ...]


def wait_true(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait until `condition` holds.

    Raises:
        AssertionError: it does not within `limit_s`.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit_s:g} s in vain: {what}"
        time.sleep(0.02)


class DeskTerminal(FakeTerminal):
    """A terminal with a desk on it; counts the keys that a hand would press."""

    keys = 0

    def press(self, *keys: str | bytes) -> None:
        self.keys += len(keys)
        super().press(*keys)

    def type_text(self, text: str) -> None:
        self.keys += len(text)
        super().type_text(text)

    @property
    def title(self) -> str:
        """The line above the picture."""
        return self.screen_text()[1]

    @property
    def status(self) -> str:
        """The line with what was said last."""
        return self.screen_text()[-2]

    @property
    def is_frame_whole(self) -> bool:
        """Whether the last frame that began was written to its end; else half the screen may be of an older one."""
        return self.raw.rfind(b"\x1b[?2026l") >= self.raw.rfind(b"\x1b[?2026h")

    def wait_until(self, condition: Callable[[list[str]], bool], label: str = "wait", limit: float = LIMIT_S) -> Step:
        """As a reader sees it: only whole frames count."""
        return super().wait_until(lambda lines: self.is_frame_whole and condition(lines), label, limit)

    def wait_mode(self, mode: str, lamp: str = "PAINTED", title: str = "") -> None:
        """Read until the last line names the mode and the lamp, and the title has some words."""

        def shown(lines: list[str]) -> bool:
            return f"{lamp}   {mode} " in lines[-1] and title in lines[1]

        self.wait_until(shown, f"{lamp} {mode} {title}", LIMIT_S)

    def say_words(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.screen_text())

    def written_text(self) -> str:
        """Everything that was written as text, without the sequences around it."""
        return b"".join(body for kind, body in tokens(bytearray(self.raw)) if kind == "text").decode("utf-8", "replace")

    def acting_characters(self) -> set[str]:
        """Characters that act on a terminal, among what was written as text; line ends and the like left out."""
        plain = self.written_text().translate({code: None for code in b"\r\n\t\b\x0e\x0f"})
        return set(control_bytes(plain))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Stage:
    """One workspace with desks and commands on it. At the end every desk hangs up and the worker is waited for.

    Args:
        folder: the watched folder; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = folder / ".reviewtui" / "reviewtui.db"
        self._desks: list[DeskTerminal] = []

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for desk in self._desks:
            desk.close(grace=5.0)
        self.wait_quiet()

    def wait_quiet(self) -> None:
        """Wait until no desk and no worker has the workspace; a worker that stays is ended and is an error."""
        if not self.database.exists():
            return
        paths = workspace_paths(self.folder)
        try:
            wait_true(lambda: not is_anybody_present(paths), "a desk still holds its presence")
            wait_true(lambda: not is_worker_running(paths), "the worker outlives its need")
        except AssertionError:
            pid = paths.worker_lock.read_text(encoding="utf-8").partition(" ")[0]
            if pid.isdigit() and is_worker_running(paths):
                os.kill(int(pid), signal.SIGKILL)
            raise

    @property
    def environment(self) -> dict[str, str]:
        """Workers end as soon as nobody needs them; files are read at once."""
        return {"REVIEWTUI_WORKER_IDLE_S": "0", "REVIEWTUI_SCAN_SETTLE_S": "0", "REVIEWTUI_SCAN_INTERVAL_S": "1"}

    def desk(
        self,
        *words: str,
        size: tuple[int, int] = (124, 40),
        profile: Profile | None = None,
        command: list[str] | None = None,
        env: dict[str, str] | None = None,
    ) -> DeskTerminal:
        """Open a desk on a terminal of `size` columns and rows; `words` are options."""
        desk = DeskTerminal(
            command or [*PROGRAM, str(self.folder), *words],
            cols=size[0],
            rows=size[1],
            profile=profile or Profile.for_protocol("none"),
            env=self.environment | (env or {}),
            screen=True,
        )
        self._desks.append(desk)
        return desk

    def command(self, *words: str | Path, limit_s: float = 60.0) -> Ended:
        """Run a command in a process of its own. What it says has no character that acts on a terminal."""
        done = subprocess.run(
            [*PROGRAM, *(os.fspath(word) for word in words)],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_s,
            check=False,
        )
        for stream in (done.stdout, done.stderr):
            acting = [name for line in stream.split(b"\n") for name in control_bytes(line)]
            assert not acting, f"{words} wrote {acting}: {stream[:2000]!r}"
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *words: str | Path) -> str:
        """What a command says that must succeed."""
        ended = self.command(*words)
        assert ended.code == 0, f"{words}: {ended}"
        return ended.out

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """What the database holds, read past every layer of the program."""
        connection = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def verdicts(self, key: str) -> list[Row]:
        """(reviewer, verdict, version number) of an asset's decisions, oldest first; a revoking row has None."""
        return self.rows(
            "SELECT d.reviewer, d.verdict, v.number FROM decision d JOIN version v ON v.id = d.version_id"
            " JOIN asset a ON a.id = d.asset_id WHERE a.key = ? ORDER BY d.id",
            key,
        )


def processes_of_session(session: int) -> list[int]:
    """Processes of a session, such as the children of a desk that was killed; zombies left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, _, _, sid = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(sid) == session and state != "Z":
            found.append(int(folder.name))
    return found
