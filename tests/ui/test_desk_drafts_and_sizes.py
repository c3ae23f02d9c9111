"""What is typed survives the terminal; every size works; hostile data stays text."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verdict
from reviewtui.services.annotate import NoteRequest, reply, write_note
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.robot import Robot, at_desk
from tests.support.workspaces import make_workspace

DRAFTS = "SELECT scope, body FROM draft ORDER BY scope"


def texts(desk: Robot) -> list[str]:
    return [json.loads(body).get("text", "") for _, body in desk.rows(DRAFTS)]


async def test_draft__typed_and_left_alone__is_saved_without_a_key(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter", ";")
        await desk.type("the left hand")
        await desk.wait_until(lambda: texts(desk) == ["the left hand"])
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter", ";")
        assert desk.desk.entry.text == "the left hand"
        await desk.keys("Enter")
        assert desk.rows("SELECT text FROM note") == [("the left hand",)]
        assert desk.count("draft") == 0


@pytest.mark.parametrize("name", [signal.SIGHUP, signal.SIGTERM])
async def test_draft__terminal_goes_while_typing_and_drawing__both_are_saved(
    plain: Workspace, decoder: Decoder, name: signal.Signals
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("d", "l", ";")
        await desk.type("melted #hand")
        desk.app._terminal_gone(name)
        assert desk.app.return_code == 128 + name
        kinds = sorted(scope.split(":")[0] for scope, _ in desk.rows(DRAFTS))
        assert kinds == ["mask"]
        assert texts(desk) == ["melted #hand"]


async def test_draft__emptied_and_submitted__does_not_come_back(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter", ";", "a", "Esc", ";", "Backspace", "Enter")
        assert desk.count("note") == 0
        assert desk.count("draft") == 0


async def test_quit__in_browse__saves_what_was_drawn_and_ends(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("d", "l", "q")
        seen = [desk.mode]
        await desk.keys("q")
        seen.append(desk.mode)
        assert seen == [Mode.VIEW, Mode.BROWSE]
        await desk.burst("q")
        await desk.wait_until(lambda: not desk.app.is_running or desk.app._exit)
        assert [scope.split(":")[0] for scope, _ in desk.rows(DRAFTS)] == ["mask"]


# --- sizes


@pytest.mark.parametrize("size", [(80, 24), (124, 40), (200, 60)])
async def test_size__supported__shows_queue_picture_and_keys_in_every_mode(
    fixed: Workspace, decoder: Decoder, size: tuple[int, int]
) -> None:
    async with at_desk(fixed, decoder, size=size) as desk:
        for keys in ["j", "Enter", "B", "Esc", "d", "?", "Esc", "t", "Esc", ";", "Esc", "Esc", "C", "Esc", "W", "Esc"]:
            await desk.keys("Enter" if keys == "Enter" else keys)
            lines = desk.lines
            assert len(lines) == size[1]
            assert "hero" in desk.text
            assert desk.footer.split()[0] in lines[-1]
            picture = desk.desk.picture.size
            assert picture.width >= 20
            assert picture.height >= 8


async def test_notes__behind_a_panel_for_a_while__have_the_width_of_their_pane_again(
    plain: Workspace, decoder: Decoder
) -> None:
    write_note(plain, "hero", NoteRequest("six fingers there"))
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.wait_until(lambda: "six fingers there" in desk.text)
        await desk.keys("d", "p")
        await desk.wait_until(lambda: "left-half" in desk.text and "six fingers there" not in desk.text)
        await desk.keys("h")
        await desk.wait_until(lambda: "six fingers there" in desk.text)


async def test_size__picture__has_nearly_half_of_the_cells_and_nearly_all_in_theatre(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        area = desk.desk.picture.size.width * desk.desk.picture.size.height
        assert area >= 0.45 * 124 * 40
        await desk.keys("F", "F")
        area = desk.desk.picture.size.width * desk.desk.picture.size.height
        assert area >= 0.95 * 124 * 40
        await desk.keys("Esc")
        assert desk.desk.state.layout == 0


async def test_size__too_small__one_line_says_so_and_q_leaves(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder, size=(60, 20)) as desk:
        said = [line for line in desk.lines if line.strip()]
        assert len(said) == 1
        assert "80×24" in said[0] or "80x24" in said[0]
        await desk.keys("j", "d", "a")
        assert desk.count("decision") == 0
        await desk.burst("q")
        await desk.wait_until(lambda: not desk.app.is_running or desk.app._exit)


async def test_size__too_small_while_typing__keeps_the_text_and_q_leaves(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("Enter", ";")
        await desk.type("half a")
        await desk.resize(60, 20)
        await desk.resize(124, 40)
        if desk.mode is Mode.VIEW:
            await desk.keys(";")
        assert desk.desk.entry.text == "half a"
        await desk.type(" word")
        assert desk.desk.entry.text == "half a word"
        await desk.resize(60, 20)
        await desk.burst("q")
        await desk.wait_until(lambda: not desk.app.is_running or desk.app._exit)
        assert texts(desk) == ["half a word"]


async def test_size__storm__ends_with_the_picture_of_the_last_size(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        for width, height in [(80, 24), (200, 60), (1, 1), (40, 10), (300, 90), (2, 50), (124, 40)]:
            await desk.pilot.resize_terminal(width, height)
        await desk.settle()
        await desk.ready(3)
        assert len(desk.lines) == 40
        await desk.keys("a")
        assert desk.count("decision") == 1


# --- hostile data

HOSTILE = "[@click=app.quit]x[/] [/nope] \x1b[2J\x07\u202egnp.exe\u2066 \x9b31m {oops} %s $role-text"


@pytest.mark.parametrize(
    "key", ["[", "[/nope]", "[@click=app.quit]x", "a\x1b[2Jb", "a\nb", "a\u202egnp", "{0}", "日本語🙂", "-" * 200]
)
async def test_hostile__names_notes_and_reasons__stay_text(tmp_path: Path, decoder: Decoder, key: str) -> None:
    workspace = make_workspace(tmp_path, [f"{key}_v1.png", f"{key}_v2.png", "plain.png"], claimed="[red]bo")
    scan(workspace, decoder)
    asset = next(row for row in _keys(workspace) if row != "plain")
    written = write_note(workspace, asset, NoteRequest(f"first {HOSTILE}\nsecond {HOSTILE}"))
    reply(workspace, written.note_id, HOSTILE)
    decide(workspace, asset, Ballot(Verdict.REJECTED, HOSTILE))
    async with at_desk(workspace, decoder) as desk:
        await desk.keys("/", "Esc")
        if desk.asset == "plain":
            await desk.keys("j")
        assert desk.asset == asset
        for keys in [
            "Enter",
            "B",
            "Esc",
            "C",
            "Esc",
            "@",
            "@",
            "Esc",
            "i",
            "Esc",
            "?",
            "Esc",
            ";",
            "Esc",
            "F",
            "F",
            "F",
        ]:
            await desk.keys(keys)
            assert desk.control_characters() == []
            assert desk.app.is_running
        await desk.keys(":")
        await desk.type("why")
        await desk.keys("Enter")
        assert desk.control_characters() == []
    workspace.close()


def _keys(workspace: Workspace) -> list[str]:
    with workspace.store.read() as db:
        return [row[0] for row in db.all("SELECT key FROM asset")]
