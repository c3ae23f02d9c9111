"""The command line ``:``: the commands of the shell by their names, on the asset in focus."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from reviewtui.model.errors import ReviewError, UsageError
from reviewtui.model.lifecycle import ENGINE_VERBS, Hold
from reviewtui.services import annotate, browse, review
from reviewtui.services.doctor import PROTOCOL_WORDS
from reviewtui.settings.settings import IMAGE_PROTOCOLS, QUEUES
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.actions.marking import parse_feather
from reviewtui.ui.pictures import Surround
from reviewtui.ui.pictures.room import PictureRoom, Repainted
from reviewtui.ui.terminal_report import report_of
from reviewtui.ui.text import styled, text
from reviewtui.ui.theme import STATUS_LOOK, THEMES

Command = Callable[[list[str]], None]


class CommandActions(Area):
    """Typed commands."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"desk.command": self.ask, "desk.palette": lambda: self.desk.palette.open()}

    def effect(self, binding_id: str) -> str | None:
        """Always alive."""
        return ""

    def commands(self) -> dict[str, tuple[Command, str]]:
        """Every command with its one line of help."""
        run = self.desk.act
        return {
            "approve": (lambda _: run("decide.approve"), "approve the bytes on screen"),
            "request-changes": (lambda _: run("decide.request"), "request changes; asks what"),
            "reject": (lambda _: run("decide.reject"), "reject; asks for the reason"),
            "undo": (lambda _: run("desk.undo"), "take back my last act"),
            "take-back": (lambda _: run("decide.take_back"), "take my decision on the head back"),
            "note": (self._note, "note TEXT: write a note on the version on screen"),
            "notes": (lambda _: run("notes.open"), "notes pane"),
            "fix": (
                self.desk.verbs.typed,
                "fix VERB …: outpaint 16:9, recolor to=#3366aa, …; alone: the note in focus",
            ),
            "finish": (self._finish, "finish [ENGINE]: the final of this draft, same mask, prompt and seed"),
            "feather": (self._feather, "feather PX or auto: another edge for the fix on screen"),
            "mark": (lambda _: run("mark.open"), "mark a region"),
            "pick": (self._pick, "pick N: make version N the head"),
            "lock": (self.desk.living.lock, "lock: what is locked; lock remove ID lifts one"),
            "rebase": (
                self.desk.living.rebase,
                "rebase N [again]: drop the edit of version N, keep the others; asks what to do with edits on top",
            ),
            "cherry-pick": (self.desk.living.cherry_pick, "cherry-pick N: lay the edit of version N on this one"),
            "again": (self.desk.living.again, "do the job of this version again and compare the bytes"),
            "compare": (self._compare, "compare A B: flip two versions"),
            "jobs": (lambda _: run("desk.jobs"), "jobs, newest first"),
            "cancel": (lambda words: self.desk.panels.cancel(_number(words)), "cancel JOB"),
            "retry": (lambda words: self.desk.panels.retry(_number(words)), "retry JOB"),
            "log": (lambda _: run("desk.events"), "events of this asset"),
            "show": (lambda _: run("view.inspect"), "facts of the version on screen"),
            "why": (self._why, "the chain from note to bytes"),
            "verify": (self._verify, "check chain, folds, bytes and proofs"),
            "deliver": (self._deliver, "deliver DIR: approved bytes with a manifest"),
            "scan": (lambda _: run("desk.rescan"), "read the folder again"),
            "ls": (self._filter, "ls QUERY: filter the queue"),
            "hold": (lambda _: self._hold(Hold.HOLD), "put the asset on hold"),
            "omit": (lambda _: self._hold(Hold.OMITTED), "omit the asset"),
            "release": (lambda _: self._hold(None), "release the asset"),
            "aside": (lambda _: self._aside(), "files that cannot be used, with the reason"),
            "engines": (lambda _: self._engines(), "engines and what is missing"),
            "presets": (lambda _: self._presets(), "preset masks"),
            "doctor": (lambda _: self._doctor(), "terminal, link, database, engines, disk"),
            "theme": (self._theme, f"theme NAME: {', '.join(THEMES)}"),
            "surround": (self._surround, "surround dark, mid or light"),
            "images": (self._images, f"images MODE: draw pictures by {', '.join(IMAGE_PROTOCOLS)}"),
            "queue": (self.desk.rowing.typed, "queue compact or roomy: rows of one line, or with a small picture"),
            "help": (lambda _: run("desk.help"), "keys alive here"),
            "quit": (lambda _: run("desk.quit"), "leave the desk"),
        }

    def ask(self) -> None:
        """Open the line."""
        self.desk.ask(styled(" :", "$role-accent"), submit=self.execute, complete=self.complete, belongs_to_asset=False)

    def complete(self, value: str) -> list[str]:
        """Endings of what is typed."""
        head, space, rest = value.partition(" ")
        if not space:
            return [name for name in self.commands() if name.startswith(head) and name != head]
        options = {
            "fix": [str(verb) for verb in ENGINE_VERBS],
            "theme": list(THEMES),
            "surround": [grey.value for grey in Surround],
            "queue": list(QUEUES),
        }.get(head, [])
        if head == "images":
            options = self._images_possible()
        if head == "pick" and self.state.view is not None:
            options = [str(one.version.number) for one in self.state.view.versions]
        return [f"{head} {option}" for option in options if option.startswith(rest) and option != rest]

    def execute(self, value: str) -> None:
        """Run what was typed."""
        value = value.strip().removeprefix(":")
        if not value:
            return
        if value.isascii() and value.isdigit():
            self.desk.queue_actions.go_to_item(int(value[:9]))
            return
        try:
            words = shlex.split(value)
        except ValueError:
            words = value.split()
        commands = self.commands()
        name = {"q": "quit", "quit!": "quit", "w": "show"}.get(words[0], words[0])
        if name not in commands:
            fits = [known for known in commands if known.startswith(name)]
            if len(fits) != 1:
                remedy = f"did you mean {' or '.join(fits)}?" if fits else "Tab completes"
                self.desk.say_error(UsageError(f"there is no command {name}", remedy))
                return
            name = fits[0]
        try:
            commands[name][0](words[1:])
        except ReviewError as error:
            self.desk.say_error(error)

    def _key(self) -> str:
        if self.state.view is None:
            raise UsageError("no asset is in focus")
        return self.state.view.asset.key

    def _note(self, words: list[str]) -> None:
        version = self.state.shown_version
        if not words or version is None:
            run = self.desk.act
            run("note.write")
            return
        request = annotate.NoteRequest(" ".join(words), act_key=self.desk.new_act_key())
        name = f"{self._key()}@{version.number}"
        self.desk.runner.run(
            annotate.write_note, self.desk.workspace, name, request, then=self.desk.noting.written, ordered=True
        )

    def _finish(self, words: list[str]) -> None:
        if len(words) > 1:
            raise UsageError("one engine at most", "finish [ENGINE]")
        self.desk.finishing.finish(words[0] if words else None)

    def _feather(self, words: list[str]) -> None:
        if len(words) != 1:
            raise UsageError("say how wide", "feather PX, or feather auto")
        self.desk.finishing.feather(parse_feather(words[0]))

    def _pick(self, words: list[str]) -> None:
        if self.state.view is None:
            return
        found = self.state.view.find_number(_number(words))
        if found is None:
            raise UsageError(f"there is no v{_number(words)}")
        self.desk.looking.pick(found.version)

    def _compare(self, words: list[str]) -> None:
        if len(words) == 2 and self.state.view is not None:
            first, second = _number(words[:1]), _number(words[1:])
            if self.state.view.find_number(first) is None or self.state.view.find_number(second) is None:
                raise UsageError(f"there is no v{first} and v{second}")
            self.desk.comparing.open_pair(first, second)
        else:
            self.desk.act("compare.open")

    def _filter(self, words: list[str]) -> None:
        self.desk.queue_actions.filter(" ".join(words))

    def _hold(self, state: Hold | None) -> None:
        key = self._key()
        self.desk.runner.run(
            review.hold, self.desk.workspace, key, state, ordered=True,
            then=lambda asset: self.desk.say(text(f"{asset.key}: {STATUS_LOOK[asset.status].words}  z takes it back")),
        )  # fmt: skip

    def _aside(self) -> None:
        self.desk.runner.run(
            browse.list_set_aside, self.desk.workspace,
            then=lambda files: self.desk.panels.output(
                "set aside", [f"{file.display}: {file.reason}" for file in files] or ["every file could be used"]
            ),
        )  # fmt: skip

    # What other services say

    def _why(self, _: list[str]) -> None:
        from reviewtui.services.why import explain, tell

        workspace, key = self.desk.workspace, self._key()
        self.desk.runner.run(
            lambda: tell(workspace, explain(workspace, key)), then=lambda words: self.desk.panels.output("why", words)
        )

    def _verify(self, words: list[str]) -> None:
        from reviewtui.services.verify import verify

        self.desk.say(styled("verifying …", "$role-muted"))
        head = words[0] if words else None

        def show(checks: list[tuple[bool, str, str]]) -> None:
            bad = sum(1 for ok, _, _ in checks if not ok)
            self.desk.say(
                styled("✓ everything holds", "$role-approved") if not bad else styled(f"✗ {bad} differ", "$role-void")
            )
            self.desk.panels.output("verify", [f"{'✓' if ok else '✗'} {name}  {detail}" for ok, name, detail in checks])

        def check() -> list[tuple[bool, str, str]]:
            found = verify(self.desk.workspace, self.desk.decoder, head=head)
            return [(one.ok, one.check, one.detail) for one in found]

        self.desk.runner.run(check, then=show)

    def _deliver(self, words: list[str]) -> None:
        if len(words) != 1:
            raise UsageError("say where to", "deliver DIR")
        from reviewtui.services.deliver import deliver

        target = Path(os.path.expanduser(words[0]))  # noqa: PTH111 - pathlib's raises for an unknown user
        if not target.is_absolute():
            raise UsageError("give a whole path", "such as deliver /tmp/final")
        self.desk.runner.run(
            deliver, self.desk.workspace, target,
            then=lambda made: self.desk.say(text(f"✓ delivery {made.delivery_id}, {len(made.files)} files: {target}")),
        )  # fmt: skip

    def _engines(self) -> None:
        from reviewtui.engines.registry import list_engines

        def show(found: list[tuple[str, bool, str]]) -> None:
            self.desk.panels.output("engines", [f"{'✓' if ok else '✗'} {name}  {why}" for name, ok, why in found])

        self.desk.runner.run(lambda: [(one.name, one.available, one.words) for one in list_engines()], then=show)

    def _presets(self) -> None:
        from reviewtui.model.saved_presets import NamedPreset
        from reviewtui.services.presets import list_presets

        def show(found: list[NamedPreset]) -> None:
            self.desk.panels.output("presets", [f"{preset.name:<20} {preset.words}" for preset in found])

        self.desk.runner.run(list_presets, self.desk.workspace, then=show)

    def _doctor(self) -> None:
        from reviewtui.services.doctor import examine

        def show(found: list[tuple[bool, str, str, str]]) -> None:
            self.desk.panels.output(
                "doctor",
                [
                    f"{'✓' if ok else '✗'} {name}: {detail}{f'  → {cure}' if cure else ''}"
                    for ok, name, detail, cure in found
                ],
            )

        # Asked before the app started; nobody may ask the terminal now.
        facts = getattr(self.desk.app, "terminal", None)
        report = None if facts is None else report_of(facts, self.desk.workspace.settings.ui_images)
        self.desk.runner.run(
            lambda: [(c.ok, c.check, c.detail, c.remedy or "") for c in examine(self.desk.workspace, terminal=report)],
            then=show,
        )

    def _theme(self, words: list[str]) -> None:
        if len(words) != 1 or words[0] not in THEMES:
            raise UsageError("no such theme", f"theme {' | '.join(THEMES)}")
        self.desk.app.theme = words[0]

    def _room(self) -> PictureRoom:
        room: PictureRoom | None = getattr(self.desk.app, "room", None)
        if room is None:
            raise UsageError("pictures cannot be drawn another way here")
        return room

    def _images_possible(self) -> list[str]:
        room: PictureRoom | None = getattr(self.desk.app, "room", None)
        if room is None:
            return []
        return [one for one in IMAGE_PROTOCOLS if one == "auto" or not room.facts.why_not(one)]

    def _images(self, words: list[str]) -> None:
        if len(words) != 1 or words[0] not in IMAGE_PROTOCOLS:
            raise UsageError("no such way to draw pictures", f"images {' | '.join(self._images_possible())}")
        desk = self.desk
        views: list[Repainted] = [desk.single, *desk.panes.all_views, desk.sheet, desk.queue_rows]
        protocol = self._room().switch(words[0], views)
        self.desk.show_title_lines()
        self.desk.say(text(f"pictures by {PROTOCOL_WORDS[protocol]}"))

    def _surround(self, words: list[str]) -> None:
        if len(words) != 1 or words[0] not in {grey.value for grey in Surround}:
            raise UsageError("no such grey", "surround dark | mid | light")
        for view in self.desk.showing.views:
            view.surround = Surround(words[0])


def _number(words: list[str]) -> int:
    digits = words[0].removeprefix("v") if len(words) == 1 else ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise UsageError("a number is needed", "such as: pick 2")
    return int(digits)
