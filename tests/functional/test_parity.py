"""Everything the screen can do, a command can do: both lists are compared, so that neither grows alone."""

from __future__ import annotations

from unittest.mock import MagicMock

from reviewtui.cli.table import COMMANDS
from reviewtui.ui.actions.commands import CommandActions
from reviewtui.ui.bindings import BINDINGS

# What only a screen has: looking, moving and drawing. None of these changes a fact.
LOOKING = (
    "zoom.", "pan.", "panel.", "compare.", "queue.", "version.", "view.", "mark.", "desk.", "notes.", "note.",
    "probe.", "sheet.", "fix.",
)  # fmt: skip

# Keys that change facts, and the command with its option that does the same.
ACTS = {
    "decide.approve": ("approve", None),
    "decide.with_changes": ("approve", "--with-changes"),
    "decide.request": ("request-changes", None),
    "decide.reject": ("reject", None),
    "decide.take_back": ("undo", "--decision"),
    "mark.preset": ("note", "--preset"),
    "mark.invert": ("note", "--invert"),
    "mark.feather": ("note", "--feather"),
    "mark.widen": ("note", "--grow"),
    "mark.file": ("note", "--mask"),
    "mark.keep": ("presets", "--save"),
    "mark.tag": ("note", "--flaw"),
    "mark.severity": ("note", "--severity"),
    "mark.type": ("note", "--rect"),
    "mark.note": ("note", None),
    "mark.send": ("note", "--fix"),
    "mark.sheet": ("fix", "--rect"),
    "fix.send": ("fix", None),
    "view.finish": ("finish", None),
    "view.feather": ("feather", None),
    "notes.reply": ("notes", "--reply"),
    "notes.close_note": ("notes", "--close"),
    "notes.reopen": ("notes", "--reopen"),
    "notes.wont_fix": ("notes", "--wont-fix"),
    "notes.severity_1": ("notes", "--weigh"),
    "notes.severity_2": ("notes", "--weigh"),
    "notes.severity_3": ("notes", "--weigh"),
    "note.write": ("note", None),
    "note.tag": ("notes", "--tag"),
    "note.fix": ("fix", "--note"),
    "note.verb": ("fix", "--verb"),
    "mark.verb": ("fix", "--verb"),
    "compare.pick": ("pick", None),
    "version.pick": ("pick", None),
    "version.revert": ("pick", None),
    "mark.lock": ("lock", "--rect"),
    "panel.cancel_job": ("cancel", None),
    "panel.retry_job": ("retry", None),
    "queue.filter": ("ls", None),
    "desk.undo": ("undo", None),
    "desk.jobs": ("jobs", None),
    "desk.events": ("log", None),
    "desk.rescan": ("scan", None),
    "view.inspect": ("show", None),
    "notes.open": ("notes", None),
}

# Typed at the desk: looking only, or another name for a key above.
DESK_ONLY = {"mark", "compare", "aside", "theme", "surround", "images", "queue", "help", "quit", "take-back"}
# A process, a folder or a machine, which a desk that is open cannot stand for.
SHELL_ONLY = {"open", "demo", "worker"}


def test_keys__that_change_facts__have_a_command_with_that_option() -> None:
    known = {binding.id for binding in BINDINGS}
    assert set(ACTS) <= known, "a key that is gone"
    for name, option in ACTS.values():
        assert option is None or option in {o.flag for o in COMMANDS[name].options}, (name, option)


def test_keys__all_others__only_look() -> None:
    others = {binding.id for binding in BINDINGS} - set(ACTS)
    assert {name for name in others if not name.startswith(LOOKING)} == set()
    assert not {name for name in others if name.startswith("decide.")}


def test_typed_commands__are_those_of_the_shell() -> None:
    typed = set(CommandActions.commands(MagicMock()))
    assert typed - set(COMMANDS) == DESK_ONLY
    assert set(COMMANDS) - typed == SHELL_ONLY
