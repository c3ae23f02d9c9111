"""What a fix sheet is opened for, and what it begins with. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate
from reviewtui.services.real_text import SetText
from reviewtui.services.sheet import SheetFacts
from reviewtui.ui.fix_form import FixForm
from reviewtui.ui.form_engines import able_engines


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fixed.

    Attributes:
        note_ids: notes that are there already; empty for a region that was just drawn.
        mask: of the first.
        flaw: of the first.
        words: for the title.
        prompt: to begin with.
        request: note to be written with the fix, for a drawn region.
        name: of the version that the note is about.
        sent: called once it is committed.
    """

    note_ids: tuple[int, ...]
    mask: MaskSpec
    flaw: Flaw
    words: str
    prompt: str
    request: annotate.NoteRequest | None = None
    name: str = ""
    sent: Callable[[annotate.Written], None] | None = None


def prefilled(target: Target, facts: SheetFacts) -> FixForm:
    """The letters that were set before, else the suggestion of the flaw where an engine here can do it."""
    verb, wanted = facts.suggestion.verb, facts.suggestion.engine or facts.preferred
    several = len(target.note_ids) > 1
    if facts.set_text is not None:
        verb = Verb.OVERLAY
    able = able_engines(facts.engines, verb)
    if not able:
        verb = Verb.REMOVE
        able = able_engines(facts.engines, verb)
    engine = wanted if wanted in able else (*able, "")[0]
    params: dict[str, object] = {} if several else {"prompt": target.prompt}
    if facts.suggestion.strength is not None and verb is facts.suggestion.verb:
        params["strength"] = facts.suggestion.strength
    anew = facts.set_text if verb is Verb.OVERLAY else None
    return FixForm(
        facts.engines,
        verb,
        engine,
        target.mask.size,
        params=params,
        candidates=1 if several else facts.candidates,
        feather_px=target.mask.feather_px,
        own_prompts=several,
        words={} if anew is None else {name: str(word) for name, word in anew.words.items()},
        is_set_anew=anew is not None,
    )


def anew_words(found: SetText) -> str:
    """That letters are set again, and on what."""
    return f"the text is set anew on v{found.plate}, which has none yet; the letters of v{found.number} go"
