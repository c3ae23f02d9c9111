"""What a verb wants to be told beyond what every fix is told, as fields of the sheet. Data and small parsers; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from reviewtui.model.errors import UsageError
from reviewtui.model.frames import ANCHORS, FACTORS, has_ratio, parse_anchor, parse_ratio
from reviewtui.model.geometry import PixelSize, parse_rect
from reviewtui.model.lettering import FIT, clean_text, parse_color, parse_point, parse_size
from reviewtui.model.lifecycle import Verb
from reviewtui.services.wanted import WHOLE_VERBS

_RATIOS = ("1:1", "4:5", "9:16", "16:9", "1.91:1", "4:3", "3:2")
_ALIGNMENTS = ("left", "center", "right")

#: The word of a background fix that the sheet itself understands: what is kept.
KEEP = "keep"
KEEP_SUBJECT, KEEP_MARKED = "subject", "marked"


@dataclass(frozen=True, slots=True)
class VerbField:
    """One word of a verb.

    Attributes:
        name: as in ``fix --NAME``.
        help: what it is.
        check: the word as it is sent, from what was typed on a picture of a size; raises ``UsageError``.
        choices: that are turned through; none where it is only typed.
        empty: what nothing stands for.
    """

    name: str
    help: str
    check: Callable[[str, PixelSize], str]
    choices: tuple[str, ...] = ()
    empty: str = ""


def _ratio(word: str, size: PixelSize) -> str:
    if has_ratio(size, parse_ratio(word)):
        raise UsageError(f"the picture has {word} already", "another ratio")
    return word.strip()


def _color(word: str, size: PixelSize) -> str:
    return "#{:02x}{:02x}{:02x}".format(*parse_color(word))


def _letter_size(word: str, size: PixelSize) -> str:
    if word.strip() != FIT:
        parse_size(word, size.height)
    return word.strip()


def _point(word: str, size: PixelSize) -> str:
    parse_point(word, size)
    return word.strip()


def _place(word: str, size: PixelSize) -> str:
    parse_rect(word, size)
    return word.strip()


def _one_of(values: tuple[str, ...]) -> Callable[[str, PixelSize], str]:
    def check(word: str, size: PixelSize) -> str:
        found = [value for value in values if value.startswith(word.strip().lower())]
        if len(found) != 1 and word.strip() not in values:
            raise UsageError(f"'{word[:40]}' is none of them", ", ".join(values))
        return word.strip() if word.strip() in values else found[0]

    return check


_ANCHOR = "where the picture lies in the new frame"
_FIELDS: dict[Verb, tuple[VerbField, ...]] = {
    Verb.OUTPAINT: (
        VerbField("ratio", "width to height of the new frame, exactly", _ratio, _RATIOS),
        VerbField("anchor", _ANCHOR, lambda word, _: parse_anchor(word), tuple(ANCHORS)),
    ),
    Verb.UPSCALE: (
        VerbField("factor", "times wider and higher", _one_of(tuple(map(str, FACTORS))), tuple(map(str, FACTORS))),
    ),
    Verb.RECOLOR: (
        VerbField("to", "the color to reach, #rrggbb; nothing only grades", _color, empty="as it is"),
        VerbField("like", "or the place whose colors to take, X,Y,W,H", _place, empty="nowhere"),
    ),
    Verb.BACKGROUND: (
        VerbField(KEEP, "what stays: the subject, found anew, or what is marked", _one_of((KEEP_SUBJECT, KEEP_MARKED)),
                  (KEEP_SUBJECT, KEEP_MARKED)),
    ),
    Verb.OVERLAY: (
        VerbField("text", r"the letters; \n ends a line", lambda word, _: clean_text(word)),
        VerbField("size", "of the letters in px or % of the height; fit fills the region", _letter_size,
                  (FIT, "3%", "5%", "8%", "12%", "20%")),
        VerbField("color", "#rrggbb, white, black or gray", _color, ("#ffffff", "#000000", "#808080")),
        VerbField("anchor", "where in the region, or which point stands at `at`", lambda word, _: parse_anchor(word),
                  tuple(ANCHORS)),
        VerbField("at", "a point X,Y in px or %; nothing is inside the region", _point, empty="in the region"),
        VerbField("align", "of several lines", _one_of(_ALIGNMENTS), _ALIGNMENTS),
        VerbField("font", "a .ttf or .otf file", lambda word, _: word.strip(), empty="its own"),
    ),
}  # fmt: skip

#: Verbs that change what is marked and nothing else.
REGION_VERBS = frozenset({Verb.REMOVE, Verb.FIX, Verb.RESTYLE, Verb.RECOLOR})
#: Verbs whose edge is their own affair.
OWN_EDGE_VERBS = WHOLE_VERBS | {Verb.BACKGROUND, Verb.OVERLAY}


def fields_of(verb: Verb) -> tuple[VerbField, ...]:
    """What a verb wants to be told, top first; nothing for remove, fix and restyle."""
    return _FIELDS.get(verb, ())


def default_word(verb: Verb, name: str, size: PixelSize) -> str:
    """What a field says before anybody changed it; empty for nothing."""
    if verb is Verb.OUTPAINT and name == "ratio":
        ratio = Fraction(size.width, size.height)
        # Another shape than it has: turned the other way, or a square of what is nearly one.
        wanted = "9:16" if ratio < 1 else "16:9"
        return wanted if not has_ratio(size, parse_ratio(wanted)) else "1:1"
    defaults = {
        (Verb.OUTPAINT, "anchor"): "center",
        (Verb.UPSCALE, "factor"): "2",
        (Verb.BACKGROUND, KEEP): KEEP_SUBJECT,
        (Verb.OVERLAY, "size"): FIT,
        (Verb.OVERLAY, "color"): "#ffffff",
        (Verb.OVERLAY, "anchor"): "center",
        (Verb.OVERLAY, "align"): "left",
    }
    return defaults.get((verb, name), "")


def marked_words(verb: Verb, words: dict[str, str]) -> str:
    """What happens to the region that is marked, where a verb does not simply redo it; empty where it does."""
    if verb in WHOLE_VERBS:
        return "about the whole picture: what is marked stays on the note and changes nothing"
    if verb is Verb.BACKGROUND:
        if words.get(KEEP) == KEEP_MARKED:
            return "what is marked is kept, all around it is redone"
        return "the subject is looked for and kept, all around it is redone; what is marked stays on the note"
    if verb is Verb.OVERLAY:
        if words.get("at"):
            return "the letters stand at that point; what is marked stays on the note"
        return "the letters stand inside what is marked; nothing else changes there"
    return ""
