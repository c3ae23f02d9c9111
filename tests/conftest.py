"""What holds for every test: a home of its own, UTC, no network, and the profiles of hypothesis."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import reviewtui
from reviewtui.model.naming import is_picture_name

SAMPLE_DATA = Path(reviewtui.__file__).resolve().parent.parent / "data"

# Variables by which the machine or the terminal of whoever runs the tests would change what they see.
FOREIGN_VARIABLES = (
    "COLORTERM", "NO_COLOR", "FORCE_COLOR", "TMUX", "STY", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT",
    "EDITOR", "VISUAL", "COLUMNS", "LINES", "TERM_PROGRAM", "KITTY_WINDOW_ID", "TEXTUAL", "TEXTUAL_LOG",
    "TEXTUAL_DRIVER", "PYTHONPATH",
)  # fmt: skip

settings.register_profile("search", max_examples=100, deadline=None, print_blob=True)
# The same examples each time: what lands depends on the change, not on luck.
settings.register_profile("ci", settings.get_profile("search"), derandomize=True)
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "search"))


# Looking for faces takes a process and half a second for every picture; tests that are about it turn it on. Said here
# as well as for each test, because fixtures of a module are made before it.
os.environ["REVIEWTUI_FIX_AVOID_FACES"] = "0"


def _refuse_network(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: sockets reach AF_UNIX and this machine, names other than localhost are not looked up."""
    if event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = str(args[1][0])
    elif event == "socket.getaddrinfo" and args[0] is not None:
        host = args[0].decode("ascii", "replace") if isinstance(args[0], bytes) else str(args[0])
    else:
        return
    if not (host in ("localhost", "::1", "") or host.startswith("127.")):
        raise PermissionError(f"a test wanted the network: {host}")


# A hook of the interpreter stays for good, which is meant: no test may take it away.
sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder that nothing of this machine's shines into; children inherit it. Short, for the sake of sockets."""
    folder = tmp_path_factory.mktemp("h")
    for name in (*FOREIGN_VARIABLES, *(name for name in os.environ if name.startswith("REVIEWTUI_"))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("REVIEWTUI_FIX_AVOID_FACES", "0")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield folder
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty folder for assets, apart from whatever else a test puts into tmp_path."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def sample_workspace(workspace: Path) -> Path:
    """A workspace with a copy of the sample pictures, and nothing but pictures."""
    for source in sorted(SAMPLE_DATA.rglob("*")):
        if source.is_file() and is_picture_name(source.name):
            target = workspace / source.relative_to(SAMPLE_DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return workspace


@pytest.fixture(scope="session")
def tiny_pipelines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny real model pipelines by family, built once per session; never written to."""
    from tests.support.tiny_pipelines import build_pipelines

    return build_pipelines(tmp_path_factory.mktemp("pipelines"))
