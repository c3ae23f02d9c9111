"""From the words after ``reviewtui`` to a command and its arguments, and the help texts.

Options may stand before or after the command and between positionals: words are sorted into options and positionals
first, then argparse checks them. Must not import anything that a command needs to run.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from reviewtui import __version__
from reviewtui.cli.option import Option
from reviewtui.cli.table import COMMANDS, COMMON, HELP, VERSION, Argument, Command
from reviewtui.model.errors import UsageError
from reviewtui.model.strengths import parse_strength

_PATHS = frozenset({"folder", "asset", "decision", "out", "dir", "state", "mask", "export_mask"})
_NARGS = {"one": None, "optional": "?", "rest": "*"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was asked for.

    Attributes:
        command: None when only a text is to be printed.
        text: help or version to be printed instead of running anything; None to run.
    """

    command: Command | None
    arguments: argparse.Namespace
    text: str | None = None


class _Parser(argparse.ArgumentParser):
    """argparse that raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        name = self.prog.rpartition(" ")[2]
        message = message.replace("the following arguments are required:", f"{name} needs")
        extra = message.removeprefix("unrecognized arguments: ")
        if extra != message:
            message = f"{name} takes no '{extra}'"
        raise UsageError(message[:1000], f"{self.prog} --help")


def parse(argv: Sequence[str]) -> Parsed:
    """Sort and check the words of a command line.

    Raises:
        UsageError: an unknown command or option, or a value that is not valid; close names are suggested.
    """
    options, plain, literal = _sort(argv)
    wants_help = any(option in ("--help", "-h") for option in options)
    command, rest = _find_command(plain, literal, wants_text=wants_help or "--version" in options)
    if "--version" in options:
        return Parsed(None, argparse.Namespace(), f"reviewtui {__version__}")
    if command is None:
        return Parsed(None, argparse.Namespace(), overview())
    parser = _parser_of(command)
    if wants_help:
        return Parsed(command, argparse.Namespace(), parser.format_help().rstrip())
    _refuse_unknown(command, options, rest)
    places = [*rest, *literal]
    arguments = parser.parse_args([*options, "--", *places] if places else options)
    _refuse_undecodable(arguments)
    return Parsed(command, arguments)


def _value_counts() -> dict[str, int]:
    """How many values each option takes; one name means the same everywhere."""
    known = [HELP, VERSION, *COMMON, *(option for command in COMMANDS.values() for option in command.options)]
    return {option.flag: len(option.values) for option in known}


def _sort(argv: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Options with their values glued on, plain words, and words behind ``--``.

    Raises:
        UsageError: an option that no command has.
    """
    counts = _value_counts()
    options: list[str] = []
    plain: list[str] = []
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--":
            return options, plain, words
        flag = word.partition("=")[0]
        if flag.startswith("--") and flag not in counts:
            raise UsageError(f"there is no option {flag[:80]}", _suggest(flag, list(counts), ""))
        count = counts.get(word, 0)
        if word == "-h" or (word.startswith("--") and count == 0):
            options.append(word)
        elif count == 1 and words:
            options.append(f"{word}={words.pop(0)}")
        elif word.startswith("--"):
            options += [word, *words[:count]]
            del words[:count]
        else:
            plain.append(word)
    return options, plain, []


def _find_command(plain: list[str], literal: list[str], *, wants_text: bool) -> tuple[Command | None, list[str]]:
    if plain and plain[0] in COMMANDS:
        return COMMANDS[plain[0]], plain[1:]
    if not plain and not literal:
        if wants_text:
            return None, []
        raise UsageError("say which folder", "reviewtui FOLDER opens it, reviewtui demo shows around, reviewtui --help")
    if plain and not _is_place(plain[0]):
        _refuse_word(plain[0])
    return COMMANDS["open"], plain


def _is_place(word: str) -> bool:
    if "/" in word or word.startswith((".", "~")):
        return True
    try:
        return Path(word).exists()
    except OSError:  # longer than any name, for one
        return False


def _refuse_word(word: str) -> NoReturn:
    if word.startswith("-"):
        raise UsageError(f"there is no option {word[:80]}", "reviewtui --help")
    raise UsageError(f"there is no command and no folder called '{word[:80]}'", _suggest(word, list(COMMANDS), ""))


def _suggest(word: str, names: list[str], command: str) -> str:
    from difflib import get_close_matches

    # Dashes that all options share would make any two of them look alike.
    bare = {name.lstrip("-"): name for name in names}
    close = [bare[match] for match in get_close_matches(word.lstrip("-"), list(bare), n=2, cutoff=0.6)]
    return f"did you mean {' or '.join(close)}?" if close else f"reviewtui {command}{' ' if command else ''}--help"


def _refuse_unknown(command: Command, options: list[str], rest: list[str]) -> None:
    flags = [option.flag for option in (*COMMON, *command.options)]
    for word in options:
        flag = word.partition("=")[0]
        if flag.startswith("--") and flag not in flags:
            raise UsageError(f"{command.name} has no option {flag[:80]}", _suggest(flag, flags, command.name))
    for word in rest:
        if word.startswith("-") and len(word) > 1 and " " not in word and not command.takes_query:
            raise UsageError(
                f"{command.name} has no option {word[:80]}",
                f"a word that begins with a dash goes behind --: -- {word[:80]}",
            )


def _refuse_undecodable(arguments: argparse.Namespace) -> None:
    """Paths may be any bytes; everything else is text that will be stored."""
    for name, value in vars(arguments).items():
        texts = value if isinstance(value, list | tuple) else [value]
        if name not in _PATHS and any(isinstance(t, str) and any("\ud800" <= c <= "\udfff" for c in t) for t in texts):
            raise UsageError(f"the {name} is no UTF-8 text", "check the locale of this terminal: locale charmap")


def _parser_of(command: Command) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"reviewtui {command.name}",
        description=_description(command),
        epilog=_epilog(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    places = parser.add_argument_group("arguments")
    for argument in command.arguments:
        _add_argument(places, argument)
    own = parser.add_argument_group("options")
    for option in command.options:
        _add_option(own, option)
    common = parser.add_argument_group("for every command (options may stand before or after it)")
    for option in COMMON:
        _add_option(common, option)
    common.add_argument("-h", "--help", action="store_true", help=HELP.words)
    return parser


def _add_argument(group: argparse._ArgumentGroup, argument: Argument) -> None:
    group.add_argument(argument.name, metavar=argument.name.upper(), nargs=_NARGS[argument.shape], help=argument.words)


def _add_option(group: argparse._ArgumentGroup, option: Option) -> None:
    words = option.words.replace("%", "%%")
    if option.choices and str(option.choices[-1]) not in words:
        words += f"; one of {', '.join(map(str, option.choices))}"
    if not option.values:
        group.add_argument(option.flag, dest=option.dest, action="store_true", help=words)
        return
    group.add_argument(
        option.flag,
        dest=option.dest,
        metavar=option.values if len(option.values) > 1 else option.values[0],
        nargs=len(option.values) if len(option.values) > 1 else None,
        type=_kind(option),
        choices=option.choices or None,
        action="append" if option.repeat else "store",
        help=words,
    )


def _kind(option: Option) -> Callable[[str], Any]:
    if option.kind is int:
        return _whole_number
    if option.kind is parse_strength:
        return _strength
    return _number if option.kind is float else option.kind


def _strength(text: str) -> float:
    try:
        return parse_strength(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _whole_number(text: str) -> int:
    try:
        if len(text) > 18:
            raise ValueError
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is no whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is no number") from None


def _description(command: Command) -> str:
    text = f"{command.words[0].upper()}{command.words[1:]}."
    return f"{text}\n\n{command.details}" if command.details else text


def _epilog(command: Command) -> str:
    lines = ["examples:", *(f"  {example}" for example in command.examples)]
    if command.keys:
        lines += ["", f"with --json: {', '.join(command.keys)}"]
    return "\n".join(lines)


def _usage(command: Command) -> str:
    shapes = {"one": "{}", "optional": "[{}]", "rest": "[{}…]"}
    return " ".join(
        [command.name, *(shapes[argument.shape].format(argument.name.upper()) for argument in command.arguments)]
    )


def overview() -> str:
    """The help for a stranger: what it is, how to begin, every command."""
    lines = [
        "reviewtui - review AI pictures over ssh: mark a flaw, have only that region redone, approve bytes.",
        "",
        "  reviewtui demo              a sample workspace to play with",
        "  reviewtui FOLDER            open the desk on your pictures (press ? there for the keys)",
        "  reviewtui COMMAND --help    one command, with examples",
    ]
    group = ""
    for command in COMMANDS.values():
        if command.group != group:
            group = command.group
            lines += ["", f"{group}:"]
        lines.append(f"  {_usage(command):<31} {command.words}")
    lines += ["", "For every command, before or after it:"]
    lines += [f"  {' '.join([option.flag, *option.values]):<32}{option.words}" for option in (*COMMON, VERSION)]
    lines += [
        "",
        "ASSET is a key as `ls` prints it, key@N for version N, or a file inside the folder.",
        "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 try again, 130 interrupted.",
        "",
        "A first round without the desk:",
        "  reviewtui scan ~/renders && reviewtui ls ~/renders",
        "  reviewtui fix ~/renders hero --rect 79,603,259,211 --wait",
        "  reviewtui approve ~/renders hero && reviewtui deliver ~/renders ~/handover",
    ]
    return "\n".join(lines)
