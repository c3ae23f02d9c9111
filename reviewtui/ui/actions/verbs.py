"""Fixes of any verb at the desk: choose what shall happen, type how, send it."""

import shlex

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import ENGINE_VERBS, Verb
from reviewtui.services import annotate, sending
from reviewtui.services.wanted import WHOLE_VERBS
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.text import styled, text

# Letter, words, and what the line begins with.
_OFFERED: dict[Verb, tuple[str, str, str]] = {
    Verb.REMOVE: ("r", "remove: fill the region from around it", ""),
    Verb.RECOLOR: ("c", "recolor or grade the region, else all", "to=#3366aa"),
    Verb.OVERLAY: ("t", "set real text over the picture", "'TEXT' size=6% at=50%,92% anchor=bottom color=white"),
    Verb.OUTPAINT: ("o", "outpaint: a larger frame of an exact ratio", "16:9 anchor=center"),
    Verb.UPSCALE: ("u", "upscale: 2 or 4 times larger", "2"),
    Verb.FIX: ("f", "fix: have a model redo the region", ""),
    Verb.RESTYLE: ("s", "restyle: have a model change the region's look", ""),
    Verb.BACKGROUND: ("b", "background: have a model redo all but the region", ""),
}


class VerbActions(Area):
    """Sends fixes of every verb, from a note, from a marking or on the whole picture."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"note.verb": self._choose, "mark.verb": self._choose_for_marking}

    def effect(self, binding_id: str) -> str | None:
        """A picture is needed, and the right to write."""
        fits = self.state.shown_version is not None and not self.desk.workspace.store.read_only
        return "" if fits else None

    def typed(self, words: list[str]) -> None:
        """``:fix VERB …``; alone it sends the fix of the note in focus.

        Raises:
            UsageError: no such verb, or a word that it does not know.
        """
        if not words:
            self.desk.act("note.fix")
            return
        if words[0] not in set(ENGINE_VERBS):
            raise UsageError(f"there is no verb {words[0][:40]}", ", ".join(str(verb) for verb in ENGINE_VERBS))
        self._send(Verb(words[0]), shlex.join(words[1:]))

    def _choose(self) -> None:
        options = [(letter, words, verb) for verb, (letter, words, _) in _OFFERED.items()]
        self.desk.choose("what shall happen", options, self._type)

    def _choose_for_marking(self) -> None:
        options = [(letter, words, verb) for verb, (letter, words, _) in _OFFERED.items() if verb not in WHOLE_VERBS]
        self.desk.choose("what shall happen here", options, self._type)

    def _type(self, verb: Verb) -> None:
        self.desk.ask(
            styled(f" {verb} ", "$role-accent"), initial=_OFFERED[verb][2],
            submit=lambda value: self._send(verb, value),
        )  # fmt: skip

    def _send(self, verb: Verb, typed: str) -> None:
        """Region: what is being marked, else that of the note in focus, else none."""
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            raise UsageError("no asset is in focus")
        wish = sending.parse_wish(verb, typed)
        desk, name = self.desk, f"{view.asset.key}@{version.number}"
        key, marking, note = desk.new_act_key(), self.state.marking, self.state.note
        if marking is not None and marking.regions:
            desk.marking.send_wish(wish)
            return
        if (
            note is not None
            and note.note.mask is not None
            and verb not in WHOLE_VERBS
            and note.note.mask.size == version.size
        ):
            note_id = note.note.id
            desk.runner.run(
                lambda: sending.send_wish_of_note(desk.workspace, desk.decoder, name, note_id, wish, act_key=key),
                ordered=True, then=lambda job: desk.say(text(f"{verb} sent for this note, job {job}")),
            )  # fmt: skip
            return
        request = annotate.NoteRequest(act_key=key)
        desk.runner.run(
            lambda: sending.send_wish(desk.workspace, desk.decoder, name, wish, request),
            ordered=True, then=desk.noting.written,
        )  # fmt: skip
