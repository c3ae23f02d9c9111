"""What a flaw tag suggests: what was accepted most often here, else what is usual, else what can be done here."""

from dataclasses import replace

from reviewtui.engines.registry import list_engines
from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.strengths import strength_words
from reviewtui.model.suggestions import USUAL, Suggestion
from reviewtui.services.presets import list_presets
from reviewtui.services.workspace import Workspace
from reviewtui.store.learning import Accepted, find_accepted


def suggest(workspace: Workspace, flaw: Flaw) -> Suggestion:
    """How to fix a flaw of this kind. Blocking: a query, and package metadata."""
    with workspace.store.read() as db:
        accepted = find_accepted(db, flaw)
    able = {
        name: listing.info.verbs
        for listing in list_engines()
        if listing.available and listing.info is not None
        for name in [listing.name]
    }
    presets = {one.name for one in list_presets(workspace)}
    if accepted is not None and accepted.verb in able.get(accepted.engine, ()):
        return _learned(accepted, flaw, presets)
    usual = USUAL[flaw]
    preset = usual.preset if usual.preset in presets else None
    if any(usual.verb in verbs for verbs in able.values()):
        strength = "" if usual.strength is None else f" at {strength_words(usual.strength)}"
        words = f"usual for {flaw}: {usual.verb}{strength}{_where(preset)}"
        return replace(usual, preset=preset, words=words)
    words = f"no engine here can {usual.verb}: remove works without a model{_where(preset)}"
    return Suggestion(Verb.REMOVE, preset=preset, words=words)


def _where(preset: str | None) -> str:
    return "" if preset is None else f"; the preset {preset} finds such places"


def _learned(accepted: Accepted, flaw: Flaw, presets: set[str]) -> Suggestion:
    strength = "" if accepted.strength is None else f" at {strength_words(accepted.strength)}"
    times = "once" if accepted.times == 1 else f"{accepted.times} times"
    preset = accepted.preset if accepted.preset in presets else None
    words = f"accepted {times} here for {flaw}: {accepted.verb}{strength} by {accepted.engine}{_where(preset)}"
    return Suggestion(accepted.verb, accepted.engine, accepted.strength, preset, accepted.times, words)
