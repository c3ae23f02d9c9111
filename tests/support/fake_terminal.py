"""A scriptable terminal on a pty: answers queries, sends keys, counts what a program writes.

It shows nothing; with ``screen=True`` pyte keeps the text.  It plays the part of a terminal with a chosen picture
protocol, so that a test can ask "how many bytes did this key cost, how many pictures were sent, which were never
freed".  By hand: ``python -m tests.support.play_terminal``.

    with FakeTerminal(["prog"], profile=Profile.for_protocol("sixel"), screen=True) as term:
        term.wait_for("Ready")
        step = term.send("j")
        assert step.sixel_images <= 1 and not term.leaked()
"""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from tests.support.terminal_protocol import ESC, PLACEHOLDER, ST, KittyImages, Profile, Step, key_bytes, tokens

# Variables by which a program could recognise the terminal that the tests themselves were started from.
FOREIGN_ENV = re.compile(
    r"TMUX|STY$|KITTY_|TERM_PROGRAM|WEZTERM_|GHOSTTY_|ITERM_|LC_TERMINAL|VTE_VERSION|WT_SESSION|KONSOLE_"
)


class FakeTerminal:
    """Runs `command` on a pty and plays its terminal.  Use as a context manager or call close()."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cols: int = 120,
        rows: int = 40,
        cell: tuple[int, int] = (10, 20),
        profile: Profile | None = None,
        delay_ms: float = 0,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        screen: bool = False,
    ) -> None:
        self._cwd = cwd
        self.cols, self.rows, self.cell = cols, rows, cell
        self.profile = profile or Profile.for_protocol("kitty")
        self.delay = delay_ms / 1000
        self.images = KittyImages()
        self.raw = bytearray()
        self.osc: list[bytes] = []
        self.exit_code: int | None = None
        self.cpu_seconds = 0.0
        self.max_rss_mib = 0.0
        self._buffer = bytearray()
        self._answers: list[tuple[float, bytes]] = []
        self._screen = pyte.Screen(cols, rows) if screen else None
        self._stream = pyte.ByteStream(self._screen) if screen else None
        child_env = {k: v for k, v in os.environ.items() if not FOREIGN_ENV.match(k)}
        child_env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        self._process, self.fd = self._start(command, child_env)
        self.pid = self._process.pid

    def _start(self, command: Sequence[str], env: dict[str, str]) -> tuple[subprocess.Popen[bytes], int]:
        """Start with the window size already set, so that the program never sees a 0x0 terminal.

        setsid(1) gives the program a session of its own with this terminal, and then becomes the program.
        """
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._winsize())
        call = ["setsid", "--ctty", "--", *command]
        process = subprocess.Popen(call, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=self._cwd)
        os.close(slave)
        return process, master

    def __enter__(self) -> FakeTerminal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _winsize(self) -> bytes:
        width, height = self.cell
        return struct.pack("HHHH", self.rows, self.cols, self.cols * width, self.rows * height)

    # --- stimuli

    def pump(self, label: str = "start", quiet: float = 1.0, limit: float = 30.0) -> Step:
        """Read until `quiet` seconds of silence, the end of the program, or `limit` seconds."""
        step = Step(label)
        begin = len(self.raw)
        started = heard = time.monotonic()
        while (now := time.monotonic()) - started < limit:
            if self._send_due_answers(now):
                heard = now
            if now - heard >= quiet and not self._answers:
                break
            wake = min([heard + quiet, *(due for due, _ in self._answers)])
            if not self._wait_readable(min(wake - now, 0.5, started + limit - now)):
                continue
            if not self._read(step, started):
                break
            heard = time.monotonic()
        return self._finish(step, begin)

    def wait_until(self, condition: Callable[[list[str]], bool], label: str = "wait", limit: float = 30.0) -> Step:
        """Read until `condition` holds for the lines of the screen; needs screen=True.

        Raises:
            AssertionError: The program ended or `limit` seconds passed first; the text shows the screen.
        """
        step = Step(label)
        begin = len(self.raw)
        started = time.monotonic()
        while not condition(self.screen_text()):
            now = time.monotonic()
            self._send_due_answers(now)
            readable = self._wait_readable(0.05)
            if (readable and not self._read(step, started)) or now - started > limit:
                screen = "\n".join(self.screen_text())
                raise AssertionError(f"waited {now - started:.1f} s in vain ({label}); the screen:\n{screen}")
        return self._finish(step, begin)

    def wait_for(self, text: str, limit: float = 30.0) -> Step:
        """Read until `text` stands on one line of the screen; needs screen=True."""
        return self.wait_until(lambda lines: any(text in line for line in lines), f"wait for {text!r}", limit)

    def wait_gone(self, text: str, limit: float = 30.0) -> Step:
        """Read until `text` stands on no line of the screen; needs screen=True."""
        return self.wait_until(lambda lines: not any(text in line for line in lines), f"wait without {text!r}", limit)

    def wait_exit(self, limit: float = 30.0) -> int:
        """Read until the program ends by itself; return its exit code.

        Raises:
            AssertionError: It still runs after `limit` seconds.
        """
        deadline = time.monotonic() + limit
        step = Step("exit")
        while time.monotonic() < deadline:
            self._send_due_answers(time.monotonic())
            open_still = not self._wait_readable(0.02) or self._read(step, deadline - limit)
            if (not open_still or not self._wait_readable(0)) and self._reap():
                return self.close()
        raise AssertionError(f"still running after {limit:g} s")

    def _reap(self) -> bool:
        """Take the exit code and the costs if the program has ended; whatever it started may go on."""
        if self.exit_code is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid == 0:
                return False
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
            self.max_rss_mib = usage.ru_maxrss / 1024
            self.exit_code = self._process.returncode = os.waitstatus_to_exitcode(status)
        return True

    def _wait_readable(self, seconds: float) -> bool:
        return bool(select.select([self.fd], [], [], max(0.0, seconds))[0])

    def _read(self, step: Step, started: float) -> bool:
        """Take what the program wrote; False when it has closed the terminal."""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        if not data:
            return False
        step.last = time.monotonic() - started
        step.first = step.last if step.first is None else step.first
        self.raw += data
        self._buffer += data
        self._take(self._buffer, step)
        return True

    def _finish(self, step: Step, begin: int) -> Step:
        step.data = bytes(self.raw[begin:])
        step.written_bytes = len(step.data)
        step.placeholders = step.data.count(PLACEHOLDER.encode())
        return step

    def send(self, key: str | bytes, quiet: float = 0.5, limit: float = 30.0) -> Step:
        """Press one key (see key_bytes) or type raw bytes, then pump."""
        self._write(key if isinstance(key, bytes) else key_bytes(key))
        return self.pump(str(key), quiet, limit)

    def press(self, *keys: str | bytes) -> None:
        """Press keys without waiting for anything; for use with the wait_ methods."""
        for key in keys:
            self._write(key if isinstance(key, bytes) else key_bytes(key))

    def type_text(self, text: str) -> None:
        """Type `text` as it stands, without waiting for anything."""
        self._write(text.encode())

    def click(self, column: int, row: int) -> None:
        """Press and release the left mouse button on a cell; `column` and `row` count from 0."""
        self.drag((column, row), (column, row))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the left mouse button on `start`, move to `end`, release; cells (column, row) from 0, SGR report."""
        self._write(b"\x1b[<0;%d;%dM" % (start[0] + 1, start[1] + 1))
        if start != end:
            self._write(b"\x1b[<32;%d;%dM" % (end[0] + 1, end[1] + 1))
        self._write(b"\x1b[<0;%d;%dm" % (end[0] + 1, end[1] + 1))

    def resize(self, cols: int, rows: int, quiet: float = 1.0, limit: float = 30.0) -> Step:
        """Change the window size (the kernel sends SIGWINCH), then pump."""
        self.cols, self.rows = cols, rows
        if self._screen is not None:
            self._screen.resize(rows, cols)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, self._winsize())
        return self.pump(f"resize {cols}x{rows}", quiet, limit)

    def close(self, grace: float = 1.0) -> int:
        """Hang up as a closing window does, kill what is left after `grace` seconds, return the exit code.

        A negative code is the number of the signal that ended the program.
        """
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
            self._answers.clear()
        deadline = time.monotonic() + grace
        while not self._reap():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                deadline = float("inf")
            time.sleep(0.01)
        assert self.exit_code is not None
        return self.exit_code

    # --- results

    def leaked(self) -> set[int]:
        """Ids of kitty pictures that were transmitted and never freed by a=d with d=I (or N, R)."""
        return set(self.images.stored)

    def screen_text(self) -> list[str]:
        """The lines of the screen as pyte sees them; picture placeholder cells are shown as '▒'."""
        if self._screen is None:
            raise RuntimeError("start the terminal with screen=True")
        grid = ([self._screen.buffer[y][x].data for x in range(self.cols)] for y in range(self.rows))
        return ["".join("▒" if PLACEHOLDER in text else text for text in row).rstrip() for row in grid]

    # --- the terminal's side

    def _take(self, buffer: bytearray, step: Step) -> None:
        """Count and answer every complete token in `buffer`."""
        for kind, body in tokens(buffer):
            if kind in ("text", "csi", "esc"):
                self._draw(kind, body)
            if kind == "csi":
                self._answer(self._csi_answer(body))
            elif kind == "apc" and body.startswith(b"G"):
                step.picture_bytes += len(body) + 4
                answer = self.images.command(body, step)
                self._answer(answer if self.profile.kitty else b"")
            elif kind == "dcs":
                self._dcs(body, step)
            elif kind == "osc":
                self._osc(body, step)

    def _draw(self, kind: str, body: bytes) -> None:
        """Pass text and plain sequences to pyte; it does not know the private ones."""
        if self._stream is None or (kind == "csi" and not re.fullmatch(rb"\x1b\[\??[0-9;]*[@-~]", body)):
            return
        self._stream.feed(body)

    def _dcs(self, body: bytes, step: Step) -> None:
        if body.startswith(b"tmux;"):
            self._take(bytearray(body[5:].replace(ESC + ESC, ESC)), step)
        elif re.match(rb"[0-9;]*q", body):
            step.sixel_images += 1
            step.picture_bytes += len(body) + 4

    def _osc(self, body: bytes, step: Step) -> None:
        if re.match(rb"1337;(Multipart)?File=", body):
            step.iterm2_images += 1
        if re.match(rb"1337;(MultipartFile=|File=|FilePart=|FileEnd)", body):
            step.picture_bytes += len(body) + 4
        elif body == b"1337;ReportCellSize" and (self.profile.xtversion or "").startswith("iTerm2"):
            self._answer(b"\x1b]1337;ReportCellSize=%d;%d;1.0\x1b\\" % (self.cell[1], self.cell[0]))
        else:
            self.osc.append(body)

    def _csi_answer(self, query: bytes) -> bytes:
        """The answer to a query sequence, or nothing."""
        me = self.profile
        width, height = self.cell
        if query in (b"\x1b[c", b"\x1b[0c"):
            return (b"\x1b[?62;4;22c" if me.sixel else b"\x1b[?62;22c") if me.da1 else b""
        if query in (b"\x1b[>q", b"\x1b[>0q"):
            return b"\x1bP>|" + me.xtversion.encode() + ST if me.xtversion is not None else b""
        if match := re.fullmatch(rb"\x1b\[\?(\d+)\$p", query):
            state = 2 if me.sync_output and match[1] == b"2026" else 0
            return b"\x1b[?%s;%d$y" % (match[1], state)
        if me.sixel and (match := re.fullmatch(rb"\x1b\[\?([12]);[14];?[\d;]*S", query)):
            limit = b"256" if match[1] == b"1" else b"%d;%d" % (self.cols * width, self.rows * height)
            return b"\x1b[?%s;0;%sS" % (match[1], limit)
        if query == b"\x1b[6n":
            row, col = (self._screen.cursor.y, self._screen.cursor.x) if self._screen else (0, 0)
            return b"\x1b[%d;%dR" % (row + 1, col + 1)
        fixed: dict[bytes, Callable[[], bytes]] = {
            b"\x1b[5n": lambda: b"\x1b[0n",
            b"\x1b[14t": lambda: b"\x1b[4;%d;%dt" % (self.rows * height, self.cols * width),
            b"\x1b[16t": lambda: b"\x1b[6;%d;%dt" % (height, width),
            b"\x1b[18t": lambda: b"\x1b[8;%d;%dt" % (self.rows, self.cols),
        }
        return fixed[query]() if query in fixed else b""

    def _answer(self, data: bytes) -> None:
        if data and not self.profile.silent:
            self._answers.append((time.monotonic() + self.delay, data))

    def _send_due_answers(self, now: float) -> bool:
        due = [data for when, data in self._answers if when <= now]
        del self._answers[: len(due)]
        self._write(b"".join(due))
        return bool(due)

    def _write(self, data: bytes) -> None:
        """Write to the program; nobody reads once it has gone, which is no error of the terminal."""
        try:
            while data:
                data = data[os.write(self.fd, data) :]
        except OSError as error:
            if error.errno != errno.EIO:
                raise
