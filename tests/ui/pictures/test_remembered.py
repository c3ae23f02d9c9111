"""What a connection's terminal said before must help when it is late, and never speak for another terminal."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.remembered import recall, remember

KITTY = TerminalFacts(
    can=("kitty", "half", "text"), cell_px=PixelSize(9, 18), name="kitty", truecolor=True, rtt_ms=900, sixel_colors=256,
    sixel_limit_px=PixelSize(800, 600),
)  # fmt: skip
SILENT = TerminalFacts(reasons=("the terminal did not answer",))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    ssh = {"SSH_CONNECTION": "10.0.0.7 5000 10.0.0.1 22", "SSH_TTY": "/dev/pts/3", "TERM": "xterm-kitty"}
    return {"XDG_CACHE_HOME": str(tmp_path), **ssh}


def test_recall__late_terminal_of_the_same_connection__is_what_it_said(environment: dict[str, str]) -> None:
    remember(KITTY, environment)
    found = recall(SILENT, environment)
    kept = ("can", "cell_px", "name", "truecolor", "sixel_limit_px", "sixel_colors")
    assert all(getattr(found, name) == getattr(KITTY, name) for name in kept)
    assert found.rtt_ms is None
    assert "before" in found.reasons[0]
    # What the terminal says now counts more.
    assert recall(KITTY, environment) is KITTY
    assert recall(replace(SILENT, cell_px=PixelSize(7, 14)), environment).cell_px == PixelSize(7, 14)


@pytest.mark.parametrize(
    "other",
    [
        {"SSH_CONNECTION": "10.0.0.7 5001 10.0.0.1 22"},
        {"SSH_TTY": "/dev/pts/4"},
        {"TERM": "xterm-256color"},
        {"TMUX": "/tmp/x,1,0"},
        {"STY": "1.x"},
        {"SSH_CONNECTION": ""},
    ],
)
def test_recall__anything_that_may_be_another_terminal__says_nothing(
    environment: dict[str, str], other: dict[str, str]
) -> None:
    remember(KITTY, environment)
    assert recall(SILENT, environment | other) is SILENT


def test_recall__long_ago__is_forgotten(environment: dict[str, str]) -> None:
    remember(KITTY, environment, now_s=1000.0)
    assert recall(SILENT, environment, now_s=1000.0 + 3600).can[0] == "kitty"
    assert recall(SILENT, environment, now_s=1000.0 + 13 * 3600) is SILENT
    assert recall(SILENT, environment, now_s=900.0) is SILENT


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"k": 7}', "null", '{"k": {"at": 1, "can": ["x"], "name": "", "sync": 1, "truecolor": 1}}'],
)
def test_recall__odd_file__is_no_trouble(environment: dict[str, str], text: str) -> None:
    path = Path(environment["XDG_CACHE_HOME"]) / "reviewtui" / "terminals.json"
    path.parent.mkdir()
    path.write_text(text)
    assert recall(SILENT, environment) is SILENT
    remember(KITTY, environment)
    assert recall(SILENT, environment).can == KITTY.can


def test_remember__many_connections__keeps_the_newest(environment: dict[str, str]) -> None:
    for number in range(50):
        remember(KITTY, environment | {"SSH_TTY": f"/dev/pts/{number}"}, now_s=1000.0 + number)
    path = Path(environment["XDG_CACHE_HOME"]) / "reviewtui" / "terminals.json"
    assert len(json.loads(path.read_text())) == 32
    assert recall(SILENT, environment | {"SSH_TTY": "/dev/pts/49"}, now_s=1100.0).can[0] == "kitty"
    assert list(path.parent.iterdir()) == [path]


def test_remember__silent_terminal_or_no_place_to_write__writes_nothing(environment: dict[str, str]) -> None:
    remember(SILENT, environment)
    assert not (Path(environment["XDG_CACHE_HOME"]) / "reviewtui").exists()
    remember(KITTY, environment | {"XDG_CACHE_HOME": "/proc/nowhere"})
