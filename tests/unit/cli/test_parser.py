"""Words become a command wherever options stand, and wrong words get a useful line."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui import __version__
from reviewtui.cli.parser import overview, parse
from reviewtui.cli.table import COMMANDS, COMMON
from reviewtui.model.errors import UsageError


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parse__options_anywhere__same_arguments(order: tuple[int, ...]) -> None:
    options = [["--json"], ["--reason", "too dark"], ["--as=ana"]]
    spots = dict(zip(order, options, strict=True))
    words = [*spots[0], "reject", *spots[1], "folder", *spots[2], "hero"]
    parsed = parse(words)
    assert parsed.command is COMMANDS["reject"]
    arguments = parsed.arguments
    assert (arguments.folder, arguments.asset, arguments.json, arguments.reason) == ("folder", "hero", True, "too dark")
    assert getattr(arguments, "as") == "ana"


def test_parse__folder_alone__opens_it(tmp_path: Path) -> None:
    parsed = parse([str(tmp_path), "--read-only"])
    assert parsed.command is COMMANDS["open"]
    assert (parsed.arguments.folder, parsed.arguments.read_only) == (str(tmp_path), True)


def test_parse__folder_called_like_a_command__opened_by_its_path() -> None:
    assert parse(["demo"]).command is COMMANDS["demo"]
    assert parse(["./demo"]).command is COMMANDS["open"]
    assert parse(["open", "demo"]).arguments.folder == "demo"


def test_parse__values_with_a_leading_dash__belong_to_their_option() -> None:
    assert parse(["note", "f", "a", "t", "--rect", "-5,3,10,10"]).arguments.rect == ["-5,3,10,10"]
    assert parse(["fix", "f", "a", "--seed", "-1"]).arguments.seed == -1


def test_parse__query_words_with_a_dash__are_terms() -> None:
    assert parse(["ls", "f", "-dock", "status:waiting", "--json"]).arguments.query == ["-dock", "status:waiting"]


def test_parse__words_behind_two_dashes__are_no_options() -> None:
    assert parse(["note", "f", "a", "--", "--flaw"]).arguments.text == "--flaw"
    assert parse(["note", "f", "a", "- the hand"]).arguments.text == "- the hand"


@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (["aprove", "f", "hero"], "'aprove'", "did you mean approve?"),
        (["nothing-like-it"], "'nothing-like-it'", "reviewtui --help"),
        (["approve", "f", "a", "--reasn", "x"], "--reasn", "did you mean --reason?"),
        (["--jsn", "ls", "f"], "--jsn", "did you mean --json?"),
        (["approve", "f", "a", "--wait"], "approve has no option --wait", "approve --help"),
        (["approve", "f", "a", "-x"], "approve has no option -x", "behind --"),
        (["approve", "f"], "approve needs ASSET", "reviewtui approve --help"),
        (["approve", "f", "a", "b"], "takes no 'b'", "reviewtui approve --help"),
        (["fix", "f", "a", "--seed"], "--seed", "reviewtui fix --help"),
        (["fix", "f", "a", "--seed", "9" * 50], "no whole number", "reviewtui fix --help"),
        (["fix", "f", "a", "--strength", "much"], "no number", "reviewtui fix --help"),
        ([], "which folder", "reviewtui demo"),
        (["-q"], "no option -q", "reviewtui --help"),
    ],
)
def test_parse__wrong_words__one_line_with_a_way_out(words: list[str], said: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert said in caught.value.message
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("absent", ["policy", "stats", "propagate", "backup", "restore"])
def test_parse__command_that_is_not_there_yet__neither_advertised_nor_parsed(absent: str) -> None:
    with pytest.raises(UsageError):
        parse([absent, "folder"])
    assert f"\n  {absent} " not in overview()


def test_overview__every_command__is_told_within_a_screen_of_80_columns_or_wraps_softly() -> None:
    text = overview()
    assert all(f"\n  {name} " in text for name in COMMANDS)
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help__of_a_command__has_examples_that_parse(name: str) -> None:
    import shlex

    for words in ([name, "--help"], ["-h", name]):
        text = parse(words).text
        assert text is not None
        assert "examples:" in text
        assert all(option.flag in text for option in COMMANDS[name].options)
    for example in COMMANDS[name].examples:
        program, *rest = shlex.split(example.partition(" > ")[0])
        assert program == "reviewtui"
        assert parse(rest).command is COMMANDS[name]


def test_version__anywhere__printed() -> None:
    assert parse(["--version"]).text == f"reviewtui {__version__}"


def test_table__an_option_name__takes_as_many_values_everywhere() -> None:
    counts: dict[str, set[int]] = {}
    for option in (*COMMON, *(option for command in COMMANDS.values() for option in command.options)):
        counts.setdefault(option.flag, set()).add(len(option.values))
    assert {flag: len(kinds) for flag, kinds in counts.items() if len(kinds) > 1} == {}


def test_parse__word_longer_than_any_file_name__is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="no command and no folder called '0000"):
        parse(["0" * 300])


@given(
    st.lists(st.one_of(st.sampled_from(["ls", "fix", "--", "-h", "--json", "--rect", "--reply", "-", ""]), st.text()))
)
def test_parse__any_words__parsed_or_refused_in_words(words: list[str]) -> None:
    with contextlib.suppress(UsageError):
        parsed = parse(words)
        assert parsed.command is not None or parsed.text is not None


def test_overview__long_usage__is_apart_from_its_words() -> None:
    for command in COMMANDS.values():
        assert f" {command.words}\n" in overview(), command.name
