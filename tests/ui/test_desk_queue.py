"""The queue: moving, filtering, ordering, commands, and what other people do while it is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verdict
from reviewtui.services import browse, jobs
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.screens.desk import StoreChanged
from tests.support.pictures import texture, write_png, write_text_as_png
from tests.support.reviewed import reopen
from tests.support.robot import at_desk
from tests.support.workspaces import make_workspace


async def test_queue__moves_and_counts__stop_at_the_ends(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        walk = [
            (["j"], "hero"), (["2", "j"], "pier"), (["9", "9", "j"], "sub/cat"), (["k"], "pier"), (["g", "g"], "alley"),
            (["G"], "sub/cat"), (["3", "g", "g"], "lobby"), (["up"], "hero"), (["3", "Esc", "j"], "lobby"),
            (["g", "Esc", "j"], "pier"), (["g", "x", "k"], "lobby"),
        ]  # fmt: skip
        for keys, asset in walk:
            await desk.keys(*keys)
            await desk.wait_until(lambda asset=asset: desk.asset == asset, f"{keys} → {asset}")  # type: ignore[misc]


async def test_queue__next_that_needs_me__goes_round_and_leaves_out_what_is_decided(
    plain: Workspace, decoder: Decoder
) -> None:
    decide(plain, "hero", Ballot(Verdict.APPROVED))
    decide(plain, "lobby", Ballot(Verdict.APPROVED))
    async with at_desk(plain, decoder) as desk:
        for key, asset in [("]", "pier"), ("]", "sub/cat"), ("]", "alley"), ("[", "sub/cat")]:
            await desk.keys(key)
            assert desk.asset == asset
        await desk.keys("g", "a")
        assert desk.asset == "hero"


async def test_filter__as_it_is_typed__narrows_and_esc_restores(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "/")
        await desk.type("pie")
        assert len(desk.desk.queue.ids) == 1
        assert desk.asset == "pier"
        assert "▸ pie" in desk.text
        await desk.keys("Esc")
        assert len(desk.desk.queue.ids) == 5
        await desk.keys("/")
        await desk.type("status:w")
        assert len(desk.desk.queue.ids) == 5, "half a word is no query yet"
        await desk.keys("Tab")
        assert desk.desk.entry.text == "status:waiting"
        await desk.keys("Enter")
        assert desk.desk.state.query == "status:waiting"
        await desk.keys("Esc")
        assert desk.desk.state.query == ""


async def test_filter__that_makes_no_sense__is_refused_and_the_one_before_stays(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("/")
        await desk.type("status:nope")
        await desk.keys("Enter")
        assert desk.says("no status is called 'nope'")
        assert desk.desk.state.query == ""
        write_note(plain, "hero", NoteRequest("x"))
        await desk.keys("R")
        assert desk.says("the folder was read")


async def test_filter__nothing_fits__says_how_to_go_on(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("/")
        await desk.type("zzz")
        await desk.keys("Enter")
        assert desk.desk.state.asset_id is None
        assert "nothing fits the filter" in desk.text
        for key in ["Enter", "a", "d", "]", "j", "J", "C", "i", "y", "S", "?", "Esc", "Esc"]:
            await desk.keys(key)
        await desk.wait_until(lambda: len(desk.desk.queue.ids) == 5)


async def test_orders__by_their_letters__change_the_queue_and_keep_the_asset(
    plain: Workspace, decoder: Decoder
) -> None:
    write_note(plain, "pier", NoteRequest("x"))
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j")
        for letter, order in [("a", "age"), ("r", "retakes"), ("w", "waiting"), ("n", "name")]:
            await desk.keys("o", letter)
            assert desk.desk.queue.ids == browse.list_queue(plain, "", order)
            assert desk.asset == "hero"
        await desk.keys("o")
        assert "by name" in desk.footer


async def test_versions__next_previous_root_latest__are_shown(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        await desk.ready(3)
        for keys, number in [("K", 2), ("K", 1), ("K", 1), ("gl", 3), ("gp", 2), ("gh", 3), ("J", 3)]:
            await desk.keys(*keys)
            await desk.wait_until(lambda number=number: desk.shows_version(number))  # type: ignore[misc]
        await desk.keys("K", "K", "Enter", "y")
        assert desk.rows("SELECT version.number FROM asset JOIN version ON version.id = head_id WHERE key='hero'") == [
            (1,)
        ]


# --- the command line


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("foo", ["there is no command foo"]),
        ("pick ²", ["a number is needed"]),
        ("pick 9", ["there is no v9"]),
        ("pick", ["a number is needed"]),
        ("cancel 99", ["there is no job 99"]),
        ("cancel v", ["a number is needed"]),
        ("theme x", ["no such theme"]),
        ("deliver", ["say where to"]),
        ("deliver here", ["give a whole path"]),
        ("deliver ~nosuchuser/x", ["give a whole path"]),
        ("ls status:nope", ["no status is called"]),
        ("note 'half", ["note saved on v1"]),
        ("hold", ["on hold"]),
        ('""', ["did you mean"]),
    ],
)
async def test_command__typed__answers_in_words(
    plain: Workspace, decoder: Decoder, typed: str, words: list[str]
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys(":")
        await desk.type(typed)
        await desk.keys("Enter")
        assert desk.says(*words)
        assert desk.mode is Mode.BROWSE


async def test_command__number__goes_to_that_item(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        for typed, asset in [("4", "pier"), ("1", "alley"), ("99999999999999", "sub/cat"), ("0", "alley")]:
            await desk.keys(":")
            await desk.type(typed)
            await desk.keys("Enter")
            assert desk.asset == asset


async def test_command__tab__walks_through_the_endings(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys(":", "r", "e", "Tab")
        first = desk.desk.entry.text
        await desk.keys("Tab")
        assert first.startswith("re")
        assert desk.desk.entry.text.startswith("re")
        assert desk.desk.entry.text != first


@pytest.mark.parametrize("name", ["why", "verify", "engines", "presets", "doctor", "aside", "show", "log", "jobs"])
async def test_command__that_answers_with_a_list__opens_and_closes_a_panel(
    fixed: Workspace, decoder: Decoder, name: str
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", ":")
        await desk.type(name)
        await desk.keys("Enter")
        await desk.wait_until(lambda: desk.mode is Mode.PANEL)
        await desk.keys("j", "G", "g", "g", "space", "Esc")
        assert desk.mode is Mode.BROWSE


# --- other people, and nothing


async def test_feed__somebody_writes__is_seen_without_a_key(plain: Workspace, decoder: Decoder) -> None:
    bo = reopen(plain.paths.root, claimed="bo")
    try:
        async with at_desk(plain, decoder) as desk:
            write_note(bo, "alley", NoteRequest("a dog without a leash"))
            await desk.wait_until(lambda: "a dog without a leash" in desk.text)
            decide(bo, "alley", Ballot(Verdict.APPROVED))
            await desk.wait_until(lambda: "approved" in desk.text and "4 of 5 need you" in desk.text)
            write_png(plain.paths.root / "zoo.png", texture(40, 30, seed=12))
            scan(bo, decoder)
            await desk.wait_until(lambda: "zoo" in desk.text)
    finally:
        bo.close()


async def test_feed__burst_of_changes__is_read_in_few_reads(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    load = browse.load_asset

    def counted(workspace: Workspace, asset_id: int) -> browse.AssetView:
        reads.append(asset_id)
        return load(workspace, asset_id)

    monkeypatch.setattr(browse, "load_asset", counted)
    bo = reopen(plain.paths.root, claimed="bo")
    try:
        async with at_desk(plain, decoder) as desk:
            reads.clear()
            for _ in range(200):
                desk.desk.post_message(StoreChanged(None))
            write_note(bo, "alley", NoteRequest("the last of them"))
            await desk.wait_until(lambda: "the last of them" in desk.text)
            assert len(reads) <= 10
    finally:
        bo.close()


async def test_empty_workspace__every_key__does_nothing_and_it_says_what_to_do(
    tmp_path: Path, decoder: Decoder
) -> None:
    workspace = make_workspace(tmp_path)
    async with at_desk(workspace, decoder) as desk:
        assert "no pictures" in desk.text
        for key in "jkJK]GdBCiaArx;tSyn.,":
            await desk.keys(key)
            assert desk.mode is Mode.BROWSE
        await desk.keys("Enter", "Space", "Tab", "Backspace", "z")
        assert desk.mode is Mode.BROWSE
        write_png(workspace.paths.root / "first.png", texture(40, 30))
        await desk.keys("R")
        await desk.wait_until(lambda: desk.asset == "first")
    workspace.close()


async def test_only_broken_files__says_how_many_were_set_aside_and_why(tmp_path: Path, decoder: Decoder) -> None:
    workspace = make_workspace(tmp_path)
    write_text_as_png(workspace.paths.root / "page.png")
    scan(workspace, decoder)
    async with at_desk(workspace, decoder) as desk:
        assert "1 set aside" in desk.text
        await desk.keys(":")
        await desk.type("aside")
        await desk.keys("Enter")
        await desk.wait_until(lambda: "page.png" in desk.text)
    workspace.close()


async def test_filter__somebody_decides_on_what_is_looked_at__stays_on_the_screen(
    plain: Workspace, decoder: Decoder
) -> None:
    bo = reopen(plain.paths.root, claimed="bo")
    try:
        async with at_desk(plain, decoder) as desk:
            await desk.keys("/")
            await desk.type("needs:me")
            await desk.keys("Enter", "j", "Enter")
            await desk.ready(2)
            decide(bo, "hero", Ballot(Verdict.APPROVED))
            await desk.wait_until(lambda: "4 of 5 need you" in desk.text)
            await desk.settle()
            assert desk.asset == "hero"
            await desk.keys("j")
            assert desk.asset == "lobby"
    finally:
        bo.close()


async def test_service__breaks_in_a_way_nobody_foresaw__ends_the_desk_instead_of_going_deaf(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(jobs, "find_jobs", broken)

    async def press() -> None:
        async with at_desk(plain, decoder) as desk:
            await desk.burst("W")
            await desk.wait_until(lambda: desk.app.return_code == 1)

    with pytest.raises(ZeroDivisionError, match="nobody foresaw"):
        await press()


async def test_reload_soon__long_queue_and_many_changes__is_read_once_more(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(plain, decoder) as desk:
        reads: list[str] = []
        list_queue = browse.list_queue

        def counted(workspace: Workspace, query: str = "", order: str = "name") -> list[int]:
            reads.append(query)
            return list_queue(workspace, query, order)

        monkeypatch.setattr(browse, "list_queue", counted)
        desk.desk.queue_actions._took_s = 0.06
        for _ in range(50):
            desk.desk.queue_actions.reload_soon()
        await desk.wait_until(lambda: bool(reads))
        await desk.settle()

        assert reads == [""]
