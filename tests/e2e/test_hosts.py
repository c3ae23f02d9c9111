"""The loopback host and the slow link that the stories over ssh stand on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.fake_terminal import FakeTerminal
from tests.support.loopback_sshd import LoopbackSshd, free_port


def test_loopback_sshd__command_with_variables__runs_there_and_gives_its_status(tmp_path: Path) -> None:
    with LoopbackSshd(tmp_path / "host") as host:
        call = host.command('printf %s "$GREETING"; exit 3', tty=False, env={"GREETING": "good day"})
        done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "good day")


def test_slow_link__terminal_through_it__shows_the_right_size(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    port = free_port()
    with LoopbackSshd(tmp_path / "host") as host:
        call = [sys.executable, "-m", "tests.support.slow_link", str(port), str(host.port), "2", "10"]
        with subprocess.Popen(call, cwd=root, stdout=subprocess.PIPE, text=True) as link:
            assert link.stdout is not None
            assert link.stdout.readline() == "ready\n"
            with FakeTerminal(host.command("stty size; exit 5", port=port), cols=97, rows=31, screen=True) as term:
                term.wait_for("31 97")
                assert term.wait_exit() == 5
            assert "closed: up" in link.stdout.readline()
            link.terminate()
