"""Keys: every one has an action, none has two, and a user's file is data that can break nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import UsageError
from reviewtui.services.workspace import Workspace, open_workspace
from reviewtui.ui.app import DeskApp
from reviewtui.ui.bindings import BINDINGS
from reviewtui.ui.keymap import DECISION_IDS, Keymap, key_words, remapped
from reviewtui.ui.modes import Mode
from tests.support.robot import at_desk

BOUND_MODES = [Mode.BROWSE, Mode.VIEW, Mode.MARK, Mode.NOTES, Mode.COMPARE, Mode.PANEL]


def write_keymap(folder: Path, text: str) -> Path:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_bindings__table__has_unique_ids_words_and_no_key_twice_in_a_mode() -> None:
    ids = [binding.id for binding in BINDINGS]
    assert len(set(ids)) == len(ids)
    assert all(binding.help and binding.label and binding.keys and binding.modes for binding in BINDINGS)
    Keymap(BINDINGS)
    for mode in BOUND_MODES:
        keys = [key for binding in BINDINGS if mode in binding.modes for key in binding.keys]
        assert len(set(keys)) == len(keys), mode


def test_bindings__decisions__are_four_single_keys_alive_with_a_picture_only() -> None:
    decisions = {binding.id: binding for binding in BINDINGS if binding.id in DECISION_IDS}
    assert {name: binding.keys for name, binding in decisions.items()} == {
        "decide.approve": ("a",), "decide.with_changes": ("A",), "decide.request": ("r",), "decide.reject": ("x",),
    }  # fmt: skip
    assert all(binding.modes == {Mode.VIEW, Mode.COMPARE} for binding in decisions.values())


def test_bindings__every_key__is_printable_or_named_and_never_taken_by_a_terminal() -> None:
    allowed = {"ctrl+d", "ctrl+p", "ctrl+u"}
    for binding in BINDINGS:
        for sequence in binding.keys:
            for key in sequence.split(" "):
                assert "alt" not in key
                assert not key.startswith("ctrl") or key in allowed


async def test_desk__actions__are_exactly_those_of_the_table(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        assert desk.desk.action_ids() == {binding.id for binding in BINDINGS}
        for binding in BINDINGS:
            assert isinstance(desk.desk.effect_of(binding), str | None)


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        ([], Mode.BROWSE),
        (["Enter"], Mode.VIEW),
        (["Enter", "d"], Mode.MARK),
        (["Enter", "B"], Mode.NOTES),
        (["Enter", "C"], Mode.COMPARE),
    ],
)
async def test_help__in_every_mode__lists_every_live_key_and_the_footer_only_live_ones(
    fixed: Workspace, decoder: Decoder, keys: list[str], mode: Mode
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        await desk.ready(3)
        await desk.keys(*keys)
        assert desk.mode is mode
        alive = desk.desk.keymap.alive(mode)
        footer = desk.footer
        shown = [row for row in alive if row.rank and f"{key_words(row.keys[0])} {row.label}" in footer]
        assert len(shown) >= 4
        for row in shown:
            assert row.id == "desk.help" or desk.desk.effect_of(row) is not None
        await desk.keys("?")
        listed = {entry.key: entry.words.plain for entry in desk.desk.panel._entries if entry.key is not None}
        assert set(listed) == {row.id for row in alive}
        for row in alive:
            assert row.help in listed[row.id]
            assert key_words(row.keys[0]) in listed[row.id]


async def test_footer__one_version__offers_no_other(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(158, 40)) as desk:
        await desk.keys("Enter")
        await desk.ready(1)
        assert "newer version" not in desk.footer
        await desk.keys("Esc", "j", "Enter")
        await desk.ready(2)
        assert "newer version" in desk.footer


async def test_footer__unfinished_sequence__offers_how_it_can_go_on(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("g")
        for words in ("g first", "l latest", "h head", "a next approved"):
            assert words in desk.footer
        await desk.keys("Esc")
        assert "g first" not in desk.footer


# --- a user's keys


async def test_remap__in_a_file__moves_the_key_in_desk_help_and_footer(plain: Workspace, tmp_path: Path) -> None:
    path = write_keymap(tmp_path, '[keys]\n"queue.next" = ["e", "down"]\n"mark.open" = "M"\n')
    workspace = open_workspace(plain.paths.root, flags={"ui_keymap": str(path)})
    with Decoder() as decoder:
        async with at_desk(workspace, decoder) as desk:
            await desk.keys("e")
            assert desk.asset == "hero"
            await desk.keys("j")
            assert desk.asset == "hero"
            assert "e next" in desk.footer
            await desk.keys("Enter", "d")
            seen = [desk.mode]
            await desk.keys("M")
            assert [*seen, desk.mode] == [Mode.VIEW, Mode.MARK]
    workspace.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\n"decide.approve" = "j"', ["compare the key 'j'", "compare.next", "decide.approve"]),
        ('[keys]\n"decide.approve" = "i"', ["view the key 'i'", "view.inspect", "decide.approve"]),
        ('[keys]\n"queue.next" = "g"', ["browse the key", "queue.next", "version.latest"]),
        ('[keys]\n"queue.next" = "]"', ["queue.next", "queue.needs_next"]),
        ('[keys]\n"queue.next" = ["j", "j"]', ["queue.next"]),
    ],
)
def test_remap__clash__is_refused_and_names_both(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        Keymap(remapped(BINDINGS, write_keymap(tmp_path, text)))
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+s", "ctrl+q", "ctrl+z", "ctrl+b", "ctrl+a", "ctrl+i", "alt+x", "f13"])
def test_remap__key_that_terminals_take__is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError, match=r"queue\.next"):
        Keymap(remapped(BINDINGS, write_keymap(tmp_path, f'[keys]\n"queue.next" = "{key}"')))


@pytest.mark.parametrize(
    "text",
    [
        "keys = 5",
        'keys = "x"',
        "[[keys]]\na = 1",
        '[keys]\n"queue.next" = 5',
        '[keys]\n"queue.next" = []',
        '[keys]\n"queue.next" = ""',
        '[keys]\n"queue.next" = " "',
        '[keys]\n"queue.next" = "\\u001b"',
        '[keys]\n"queue.next" = "\\u202e"',
        '[keys]\n"queue.next" = "\\u0000"',
        '[keys]\n"queue.next" = {a = "b"}',
        '[keys]\n"queue.next" = [["j"]]',
        '[keys]\n"queue.next" = "abc"',
        '[keys]\n"queue.next" = "' + "j " * 4000 + 'j"',
        '[keys]\n"os.system" = "j"',
        '[keys.queue]\nnext = "j"',
        "not toml at all",
        "a = " + "[" * 5000,
        '[keys]\n"queue.next" = "j"\n"queue.next" = "k"',
    ],
)
def test_remap__hostile_file__is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = write_keymap(tmp_path, text)
    with pytest.raises(UsageError, match="keymap"):
        remapped(BINDINGS, path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_remap__unreadable_file__is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "keys.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        remapped(BINDINGS, path)


def test_remap__empty_file__changes_nothing(tmp_path: Path) -> None:
    assert remapped(BINDINGS, write_keymap(tmp_path, "")) == list(BINDINGS)


def test_desk__bad_keymap__is_an_error_before_anything_is_shown(plain: Workspace, tmp_path: Path) -> None:
    path = write_keymap(tmp_path, '[keys]\n"decide.reject" = "a"')
    workspace = open_workspace(plain.paths.root, flags={"ui_keymap": str(path)})
    with Decoder() as decoder, pytest.raises(UsageError, match=r"decide\.approve and decide\.reject"):
        DeskApp(workspace, lambda: decoder, background=False)
    workspace.close()


def test_key_words__as_people_read_them() -> None:
    assert [key_words(key) for key in ("g g", "enter", "shift+up", "o n", "ctrl+d", "space")] == [
        "gg", "Enter", "Shift-↑", "on", "Ctrl-d", "Space",
    ]  # fmt: skip
