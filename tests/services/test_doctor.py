"""The doctor finds what is wrong, says how to mend it, and leaves no trace."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from reviewtui.engines import registry
from reviewtui.services import doctor
from reviewtui.services.background import try_lock
from reviewtui.services.doctor import Finding, TerminalReport, examine
from reviewtui.services.workspace import open_workspace
from reviewtui.store import driver

GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def finding(name: str, folder: Path | None = None, /, **environment: str) -> Finding:
    [found] = [one for one in examine(folder, environment={**GOOD, **environment}) if one.check == name]
    return found


def test_examine__good_terminal__nothing_to_mend() -> None:
    found = {one.check: one for one in examine(environment=GOOD)}
    assert list(found) == [
        "python", "terminal", "pictures", "link", "tmux", "watch", "database", "disk", "engines", "worker",
    ]  # fmt: skip
    assert (found["terminal"].ok, found["terminal"].remedy) == (True, "")


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [
        ({"TERM": "dumb"}, "ssh -t"),
        ({"TERM": ""}, "ssh -t"),
        ({"LANG": "de_DE.ISO-8859-1"}, "LC_ALL=C.UTF-8"),
        ({"LANG": "", "LC_ALL": "C"}, "LC_ALL=C.UTF-8"),
    ],
)
def test_terminal__cannot_show_the_desk__remedy(environment: dict[str, str], remedy: str) -> None:
    found = finding("terminal", None, **environment)
    assert not found.ok
    assert remedy in found.remedy


def test_terminal__fewer_colours__fine_with_a_hint() -> None:
    found = finding("terminal", COLORTERM="")
    assert found.ok
    assert "COLORTERM" in found.remedy


def test_link_and_tmux__are_told() -> None:
    assert "10.0.0.7" in finding("link", SSH_CONNECTION="10.0.0.7 5000 10.0.0.1 22").detail
    assert not finding("tmux", TMUX="/tmp/tmux-0/default,1,0").ok
    assert finding("tmux", TMUX="/tmp/tmux-0/default,1,0", TERM="tmux-256color").ok


REPORT = TerminalReport("half", ("XTerm(379) answered",), ("kitty shows more",), False, None, 80, True)
TMUX = {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"}


def asked(name: str, report: TerminalReport, /, **environment: str) -> Finding:
    [found] = [one for one in examine(environment={**GOOD, **environment}, terminal=report) if one.check == name]
    return found


def test_link__over_ssh__round_trip_and_compression_by_protocol() -> None:
    ssh = {"SSH_CONNECTION": "10.0.0.7 5000 10.0.0.1 22"}
    found = asked("link", REPORT, **ssh)
    assert "answers in 80 ms" in found.detail
    assert "only the ssh at your end knows" in found.detail
    assert "ssh -C" in found.remedy
    assert "fifth" in found.remedy
    # JPEG is compressed already.
    assert asked("link", replace(REPORT, protocol="iterm2"), **ssh).remedy == ""
    assert asked("link", REPORT).remedy == ""


@pytest.mark.parametrize(
    ("report", "environment", "ok", "detail", "remedy"),
    [
        (replace(REPORT, passthrough=False), TMUX, False, "typed y", "allow-passthrough on"),
        (replace(REPORT, passthrough=True), {**TMUX, "COLORTERM": ""}, True, "hands pictures", "terminal-features"),
        (replace(REPORT, passthrough=True, truecolor=True), TMUX, True, "hands pictures", ""),
        (replace(REPORT, passthrough=True, rtt_ms=None), TMUX, False, "does not answer", "attach"),
        (REPORT, {"STY": "1.pts-0.host", "TERM": "screen"}, False, "GNU screen", "tmux"),
    ],
)
def test_tmux__and_screen__what_they_keep_back_and_what_to_do(
    report: TerminalReport, environment: dict[str, str], ok: bool, detail: str, remedy: str
) -> None:
    found = asked("tmux", report, **environment)
    assert found.ok is ok
    assert detail in found.detail
    assert remedy in found.remedy
    assert bool(found.remedy) is bool(remedy)


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [(TMUX, "terminal-features"), ({"STY": "1.x"}, "screen"), ({"SSH_CONNECTION": "a 1 b 2"}, "SendEnv COLORTERM")],
)
def test_terminal__fewer_colours__names_who_keeps_them(environment: dict[str, str], remedy: str) -> None:
    assert remedy in finding("terminal", COLORTERM="", **environment).remedy


def test_watch__low_limit__remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "max_user_watches").write_text("100\n")
    (tmp_path / "max_user_instances").write_text("8\n")
    monkeypatch.setattr(doctor, "_INOTIFY", tmp_path)
    found = finding("watch")
    assert not found.ok
    assert "sysctl" in found.remedy
    monkeypatch.setattr(doctor, "_INOTIFY", tmp_path / "absent")
    assert finding("watch").ok


def test_database__old_library__remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "library_version", lambda: (3, 40, 1))
    found = finding("database")
    assert (found.ok, "pysqlite3" in found.remedy) == (False, True)


def test_database__of_a_workspace__its_schema(workspace: Path) -> None:
    assert "nothing is recorded yet" in finding("database", workspace).detail
    open_workspace(workspace).close()
    assert "schema 2 of 2" in finding("database", workspace).detail
    (workspace / ".reviewtui" / "reviewtui.db").write_bytes(b"junk" * 1000)
    assert not finding("database", workspace).ok


def test_disk__full_network_or_missing__remedy(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not finding("disk", workspace / "nowhere").ok
    with monkeypatch.context() as patch:
        patch.setattr(doctor, "file_system_type", lambda path: "nfs4")
        assert "--state DIR" in finding("disk", workspace).remedy
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1 << 20))
        assert not finding("disk", workspace).ok


def test_engines__nothing_installed__how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda module: False)
    found = finding("engines")
    assert not found.ok
    assert "pip install" in found.remedy


def test_worker__running_or_not__told_without_a_trace(workspace: Path) -> None:
    assert "none is running" in finding("worker", workspace).detail
    assert list(workspace.iterdir()) == []
    opened = open_workspace(workspace)
    held = try_lock(opened.paths.worker_lock)
    assert held is not None
    assert "one is running" in finding("worker", workspace).detail
    held.release()
    assert "none is running" in finding("worker", workspace).detail
    assert len(examine(opened)) == 10
    opened.close()
