"""What a flaw tag suggests: what was accepted most often here, else what is usual, else what can be done here."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reviewtui.engines.registry import list_engines
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Version
from reviewtui.model.errors import BusyError, InputError, NotFoundError
from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.strengths import strength_words
from reviewtui.model.suggestions import USUAL, Suggestion
from reviewtui.services.presets import find_preset_mask, list_presets
from reviewtui.services.workspace import Workspace
from reviewtui.store.learning import Accepted, find_accepted


@dataclass(frozen=True, slots=True)
class SuggestedMask:
    """What the preset that a flaw suggests selects in one version.

    Attributes:
        preset: its name; empty where the flaw suggests none.
        mask: None where there is none, or nothing was found; then ``words`` say why and what to do.
        words: for people.
    """

    preset: str = ""
    mask: MaskSpec | None = None
    words: str = ""


def suggest_mask(
    workspace: Workspace, version: Version, flaw: Flaw, *, decoder: Callable[[], Decoder]
) -> SuggestedMask:
    """Where a flaw of this kind may be in a version. Blocking: a detector takes 0.5 to 3 s the first time.

    Args:
        decoder: gives the decoder; asked for only where pixels are needed.
    """
    preset = suggest(workspace, flaw).preset
    if preset is None:
        return SuggestedMask()
    try:
        mask = find_preset_mask(workspace, preset, version, decoder=decoder)
    except (NotFoundError, InputError, BusyError) as error:
        return SuggestedMask(preset, None, str(error))
    count = len(mask.regions)
    what = "all but" if mask.invert else ""
    places = f"{count} place{'' if count == 1 else 's'}"
    return SuggestedMask(preset, mask, f"{preset}: {what} {places}".replace("  ", " "))


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
