"""Folders that nobody would make on purpose, and readers that go away: one clear line each, no crash, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reviewtui.cli import main as entry
from reviewtui.cli import presets
from tests.support.commands import command, data
from tests.support.nasty_assets import generate
from tests.support.pictures import noise, texture, write_png, write_text_as_png, write_truncated_jpeg

READING = ("ls", "notes", "jobs", "log", "verify")


@pytest.fixture(autouse=True)
def never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWTUI_SCAN_SETTLE_S", "0")


def start(*words: str | Path, **options: object) -> subprocess.Popen[bytes]:
    call = [sys.executable, "-m", "reviewtui", *map(str, words)]
    return subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload,no-any-return]


# --- folders


@pytest.mark.parametrize("name", [*READING, "scan"])
def test_empty_folder__any_look__succeeds_with_no_asset(workspace: Path, name: str) -> None:
    answer = command(name, workspace)
    assert answer.code == 0, answer.err
    assert command("deliver", workspace, workspace / "out").code == 1


@pytest.mark.parametrize("name", ["show", "why", "approve"])
def test_empty_folder__an_asset_is_named__says_to_scan(workspace: Path, name: str) -> None:
    answer = command(name, workspace, "hero")
    assert (answer.code, answer.out) == (1, "")
    assert "there is no asset hero" in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("name", [*READING, "scan", "undo", "worker", "open"])
def test_missing_folder__any_command__one_line(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewtui.cli.desk._need_terminal", lambda: None)
    answer = command(name, tmp_path / "nowhere")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"reviewtui: there is no folder {tmp_path / 'nowhere'}\n"


def test_file_instead_of_folder__one_line(tmp_path: Path) -> None:
    picture = write_png(tmp_path / "a.png")
    answer = command("ls", picture)
    assert answer.code == 1
    assert "is a file, not a folder - give the folder" in answer.err


def test_folder_without_rights__one_line_and_no_state(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be root, whom no mode keeps out.
    monkeypatch.setattr("reviewtui.settings.paths.os.access", lambda path, mode: False)
    answer = command("scan", workspace)
    assert (answer.code, answer.out) == (1, "")
    assert "no right to read" in answer.err
    assert "chmod" in answer.err
    assert list(workspace.iterdir()) == []


def test_state_cannot_be_made__says_to_keep_it_elsewhere(workspace: Path, tmp_path: Path) -> None:
    (workspace / ".reviewtui").write_text("not a folder")
    answer = command("ls", workspace)
    assert answer.code == 1
    assert "--state DIR" in answer.err
    assert command("ls", workspace, "--state", tmp_path / "state").code == 0
    assert (workspace / ".reviewtui").read_text() == "not a folder"


@pytest.mark.parametrize("name", [*READING, "scan"])
@pytest.mark.parametrize("state", ["a\x00b", "x" * 300, "~nobody-of-this-name/x"])
def test_state_that_no_disk_takes__one_line(workspace: Path, name: str, state: str) -> None:
    answer = command(name, workspace, "--state", state)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("reviewtui: cannot keep the state in ")
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("folder", ["a\x00b", "x" * 5000, "a\nb\x1b[31m", "~nobody-of-this-name/x"])
def test_folder_name_that_no_system_takes__one_line(folder: str) -> None:
    answer = command("ls", folder)
    assert answer.code in (1, 2)
    assert len(answer.err.splitlines()) == 1


# --- files


def test_broken_files__scan__each_one_line_with_its_reason_and_the_good_one_registered(workspace: Path) -> None:
    write_text_as_png(workspace / "text.png")
    write_truncated_jpeg(workspace / "half.jpg")
    os.mkfifo(workspace / "pipe.png")
    write_png(workspace / "good.png", texture(40, 30))
    found = {Path(r["path"]).name: r for r in data("scan", workspace)}
    assert found["good.png"]["state"] == "present"
    for name in ("text.png", "half.jpg"):
        assert found[name]["state"] == "quarantined"
        assert found[name]["reason"]
        assert "\n" not in found[name]["reason"]
    answer = command("show", workspace, "text.png")
    assert answer.code == 1
    assert "set aside" in answer.err
    assert [r["asset"] for r in data("ls", workspace, "status:waiting")] == ["good"]


@pytest.mark.parametrize(
    "name",
    [
        b"[/nope].png",
        b"a\x1b[2Jb.png",
        b"new\nline.png",
        b"\xe2\x80\xaegnp.png",
        b"caf\xe9.png",
        b"-rf.png",
        b"a..v2.png",
    ],
)
def test_hostile_name__every_command__works_and_writes_no_control_byte(workspace: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(workspace) + b"/" + name))
    write_png(path, noise(24, 18))
    [seen] = data("scan", workspace)
    assert seen["state"] == "present"
    [listed] = data("ls", workspace)
    raw = bytes.fromhex(listed["path_hex"]) if "path_hex" in listed else os.fsencode(listed["path"])
    assert raw == os.fsencode(path)
    key = listed["asset"]
    for words in (
        ("scan", workspace), ("ls", workspace), ("show", workspace, "--", key), ("show", workspace, "--", str(path)),
        ("note", workspace, "--", key, "bad \x1b[31mhand\u202e"), ("notes", workspace), ("why", workspace, "--", key),
        ("approve", workspace, "--", key), ("jobs", workspace), ("log", workspace), ("verify", workspace),
        ("deliver", workspace, workspace.parent / "out"), ("undo", workspace),
    ):  # fmt: skip
        answer = command(*words)
        expected = 1 if words[0] == "undo" else 0
        assert answer.code == expected, (words, answer)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=workspace.parent / "out",
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    outside = [p for p in workspace.parent.iterdir() if p.name not in ("out", workspace.name)]
    assert outside == [], "nothing was written beside the package"


def test_nasty_folder__scan_and_ls__nothing_crashes_and_nothing_is_lost(workspace: Path) -> None:
    generate(workspace / "nasty", big=False)
    before = {p: p.lstat().st_mtime_ns for p in workspace.rglob("*") if p.name != ".reviewtui"}
    reports = data("scan", workspace)
    assert any(r["state"] == "quarantined" for r in reports)
    assert all(r["reason"] for r in reports if r["state"] == "quarantined")
    assert command("scan", workspace).code == 0
    assert command("ls", workspace).code == 0
    assert command("verify", workspace).code == 0
    after = {p: p.lstat().st_mtime_ns for p in workspace.rglob("*") if ".reviewtui" not in p.parts}
    assert after == before


@pytest.mark.parametrize("text", ["", "x" * 20_000, "\x00", "\ud800"])
def test_note__text_that_is_no_note__refused_or_kept_whole(workspace: Path, text: str) -> None:
    write_png(workspace / "a.png", noise(24, 18))
    data("scan", workspace)
    answer = command("note", workspace, "a", "--", text)
    assert answer.code in (0, 1, 2)
    assert len(answer.err.splitlines()) == (0 if answer.code == 0 else 1)
    assert command("log", workspace, "--json").code == 0
    assert command("verify", workspace).code == 0


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b", "x" * 500, "reviewtui"])
def test_as__name_that_is_none__usage_error(workspace: Path, name: str) -> None:
    answer = command("ls", workspace, "--as", name)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)


@pytest.mark.parametrize("text", ["not toml [", "[fix]\nmagic = 1\n", "[worker]\nidle_s = 'x'\n"])
def test_settings_file__not_valid__exit_2_and_names_it(workspace: Path, text: str) -> None:
    data("ls", workspace)
    (workspace / ".reviewtui" / "settings.toml").write_text(text)
    answer = command("ls", workspace)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert "settings.toml" in answer.err


def test_database__damaged__one_line_and_not_overwritten(workspace: Path) -> None:
    data("ls", workspace)
    database = workspace / ".reviewtui" / "reviewtui.db"
    for path in database.parent.glob("reviewtui.db-*"):
        path.unlink()
    database.write_bytes(b"not a database at all" * 500)
    answer = command("ls", workspace)
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert database.read_bytes().startswith(b"not a database")
    assert command("doctor", workspace).code == 0


# --- how commands end


def test_internal_error__no_traceback_but_a_log_with_one(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(presets, "presets", fail)
    answer = command("presets", may_break=True)
    assert answer.code == 1
    [line] = answer.err.splitlines()
    assert "ZeroDivisionError" in line
    log = Path(line.rpartition(" ")[2])
    assert home in log.parents
    assert "secret" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_interrupt__exit_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(presets, "presets", interrupted)
    answer = command("presets")
    assert (answer.code, answer.err) == (entry.INTERRUPTED, "interrupted\n")


def test_reader_goes_away__quiet_and_not_zero() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "reviewtui", "presets"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_full_disk_behind_stdout__one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reviewtui", "presets"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"reviewtui: the output cannot be written")
    assert done.stderr.count(b"\n") == 1


def test_fix_wait__interrupted__exit_130_and_the_job_goes_on(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(workspace / "a.png", texture(64, 48))
    data("scan", workspace)
    # A worker that never comes: somebody holds its lock, as a worker busy elsewhere would.
    from reviewtui.services.background import try_lock

    held = try_lock(workspace / ".reviewtui" / "worker.lock")
    assert held is not None
    waiting = start("fix", workspace, "a", "--rect", "10,10,20,20", "--wait", "--json")
    try:
        while not data("jobs", workspace):
            assert waiting.poll() is None
        while not _is_present(workspace):
            assert waiting.poll() is None
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=30)
    finally:
        held.release()
    assert (waiting.returncode, out) == (130, b"")
    assert b"job 1 goes on without you" in err
    assert b"Traceback" not in err
    monkeypatch.setenv("REVIEWTUI_WORKER_IDLE_S", "0")
    assert command("worker", workspace, "--once").code == 0
    assert data("jobs", workspace)[0]["state"] == "succeeded"


def _is_present(workspace: Path) -> bool:
    from reviewtui.services.background import is_anybody_present
    from reviewtui.settings.paths import workspace_paths

    return is_anybody_present(workspace_paths(workspace))
