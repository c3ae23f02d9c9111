"""What a flaw tag suggests before anything was learned. Data only."""

from dataclasses import dataclass

from reviewtui.model.lifecycle import Flaw, Verb


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How a flaw may be fixed.

    Attributes:
        engine: None takes whatever does it here.
        strength: None is the verb's own.
        preset: name of a preset that finds such places; None for none.
        times: how often exactly this was accepted here; 0 for what is usual anywhere.
        words: why, in words.
    """

    verb: Verb
    engine: str | None = None
    strength: float | None = None
    preset: str | None = None
    times: int = 0
    words: str = ""


#: Source: the project's table of verbs; strengths are those that repair without inventing.
USUAL: dict[Flaw, Suggestion] = {
    Flaw.HAND: Suggestion(Verb.FIX, strength=0.6, preset="hands"),
    Flaw.FACE: Suggestion(Verb.FIX, strength=0.45, preset="face"),
    Flaw.TEXT: Suggestion(Verb.REMOVE, preset="text"),
    Flaw.LOGO: Suggestion(Verb.REMOVE),
    Flaw.EDGE: Suggestion(Verb.FIX, strength=0.45),
    Flaw.SEAM: Suggestion(Verb.REMOVE),
    Flaw.ARTIFACT: Suggestion(Verb.REMOVE),
    Flaw.LIGHT: Suggestion(Verb.FIX, strength=0.45),
    Flaw.COLOR: Suggestion(Verb.RECOLOR, strength=0.45),
    Flaw.COMPOSITION: Suggestion(Verb.REMOVE),
    Flaw.OTHER: Suggestion(Verb.REMOVE),
}
