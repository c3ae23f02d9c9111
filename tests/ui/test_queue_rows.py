"""The roomy queue: the same rows and cursor with small pictures, chosen by a key, remembered, said by a setting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import UsageError
from reviewtui.services.workspace import Workspace
from reviewtui.settings.habits import chosen, keep_choice
from reviewtui.settings.settings import load_settings
from reviewtui.ui.modes import Mode
from tests.support.robot import Robot, at_desk


async def drawn(desk: Robot) -> None:
    rows = desk.desk.queue_rows
    await desk.wait_until(lambda: rows.is_idle and any(map(rows.painter.find, rows.tiles_in_view())))
    await desk.settle()


async def test_queue__roomy__shows_picture_name_state_and_version_and_walks(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("L")
        await drawn(desk)
        assert "▀" in "".join(line[:10] for line in desk.lines), "a small picture at the left"
        words = [line[:38] for line in desk.lines]
        at = next(n for n, line in enumerate(words) if "alley" in line)
        assert words[at].startswith("▌")
        assert "waiting" in words[at + 1]
        assert "v1" in words[at + 2]
        assert not words[at + 3].strip("▌ │")
        await desk.keys("j", "j")
        assert desk.desk.queue.list.cursor == 2
        moved = [line[:38] for line in desk.lines]
        assert [n for n, line in enumerate(moved) if line.startswith("▌")] == [at + 8, at + 9, at + 10]
        await desk.keys("G", "ctrl+u", "g", "g", "ctrl+d")
        assert desk.desk.queue.list.cursor > 0
        await desk.keys("g", "g", "Enter")
        assert (desk.mode, desk.asset) == (Mode.VIEW, "alley")
        await desk.ready()


async def test_queue__key_again__is_compact_and_its_cursor_in_view(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        await desk.keys("L", "G", "L")
        assert not desk.desk.queue_rows.is_on_screen
        rows = [line[:22] for line in desk.lines if line.startswith("▌")]
        assert len(rows) == 1
        assert desk.desk.queue_rows.is_idle


async def test_queue__sheet_and_back__keeps_both_looks(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("L", "T", "l", "T")
        await drawn(desk)
        assert desk.desk.queue_rows.is_on_screen
        assert any("▌" in line[:1] and "hero" in line[:38] for line in desk.lines)


async def test_queue__chosen_roomy__is_roomy_at_the_next_start(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        assert not desk.app.first.roomy
        await desk.keys(":")
        await desk.type("queue roomy")
        await desk.keys("Enter")
        await desk.settle()
    async with at_desk(plain, decoder) as desk:
        assert desk.app.first.roomy
        assert desk.desk.queue_rows.is_on_screen


async def test_queue__unknown_look__is_refused(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys(":")
        await desk.type("queue huge")
        await desk.keys("Enter")
        assert desk.says("no such look of the queue", "compact | roomy")


def test_choice__said_by_a_setting__wins_over_what_was_chosen(home: Path) -> None:
    keep_choice("ui_queue", "roomy")
    assert chosen(load_settings([]), "ui_queue") == "roomy"
    assert chosen(load_settings([], {"REVIEWTUI_UI_QUEUE": "compact"}), "ui_queue") == "compact"
    assert chosen(load_settings([], {}, {"ui_queue": "compact"}), "ui_queue") == "compact"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"ui.queue": "huge"}', '{"ui.queue": 3}', " " * 20_000])
def test_choice__damaged_file__is_the_default_and_can_be_written_again(tmp_path: Path, content: str) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    path = tmp_path / "reviewtui" / "habits.json"
    path.parent.mkdir()
    path.write_text(content)
    assert chosen(load_settings([], {}), "ui_queue", environment) == "compact"
    keep_choice("ui_queue", "roomy", environment)
    assert chosen(load_settings([], {}), "ui_queue", environment) == "roomy"
    assert json.loads(path.read_text())["ui.queue"] == "roomy"


def test_choice__nowhere_to_write__is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "reviewtui").write_text("in the way")
    keep_choice("ui_queue", "roomy", {"XDG_STATE_HOME": str(tmp_path)})
    assert chosen(load_settings([], {}), "ui_queue", {"XDG_STATE_HOME": str(tmp_path)}) == "compact"


def test_setting__unknown_look__is_refused() -> None:
    with pytest.raises(UsageError, match=r"ui\.queue"):
        load_settings([], {"REVIEWTUI_UI_QUEUE": "huge"})
