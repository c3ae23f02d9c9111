"""The fields of a fix: those that the engine reads, turned and typed within its bounds, sent only where chosen."""

from dataclasses import dataclass, field

import pytest

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.catalog import COLOR, LANCZOS, PATCH, TEXT
from reviewtui.engines.diffusers.params import TIER_DEFAULTS, VERB_DEFAULTS, DiffusionParams
from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import Tier, Verb
from reviewtui.ui.fix_form import FixForm


@dataclass(frozen=True, slots=True)
class OddParams:
    """Parameters that no built-in engine has."""

    prompt: str = ""
    mood: str = "calm"
    tiled: bool = field(default=False, metadata={"help": "in tiles"})
    warmth: float = field(default=0.5, metadata={"min": 0, "max": 1})


MODEL = EngineInfo(
    "diffusers:m", "m", frozenset(VERB_DEFAULTS), tiers=frozenset(Tier), needs_model=True,
    params_type=DiffusionParams, verb_defaults=VERB_DEFAULTS, tier_defaults=TIER_DEFAULTS,
)  # fmt: skip
ODD = EngineInfo("odd", "o", frozenset({Verb.RESTYLE}), params_type=OddParams)
RULER = EngineInfo("ruler", "r", frozenset({Verb.OUTPAINT, Verb.BACKGROUND, Verb.REMOVE}))
ENGINES = {"patch": PATCH, "diffusers:m": MODEL, "odd": ODD}
ALL = {"patch": PATCH, "color": COLOR, "text": TEXT, "lanczos": LANCZOS, "diffusers:m": MODEL}
SIZE = PixelSize(80, 60)


def form(verb: Verb = Verb.FIX, engine: str = "diffusers:m", **changes: object) -> FixForm:
    return FixForm(ENGINES, verb, engine, SIZE, **changes)  # type: ignore[arg-type]


def names(one: FixForm) -> list[str]:
    return [row.name for row in one.rows()]


def test_rows__of_an_engine__are_its_own_parameters_and_the_common_ones() -> None:
    common = ["feather", "seed", "engine", "tier", "candidates"]
    assert names(form()) == ["verb", "prompt", "strength", *common, "negative_prompt", "steps", "guidance"]
    assert names(form(Verb.REMOVE, "patch")) == ["verb", *common, "patch_size"]
    assert names(form(Verb.RESTYLE, "odd")) == ["verb", "prompt", *common, "mood", "tiled", "warmth"]
    assert "prompt" not in names(form(own_prompts=True))


def test_rows__defaults__follow_verb_and_tier() -> None:
    words = {row.name: row.words for row in form().rows()}
    assert (words["strength"], words["steps"], words["guidance"]) == ("0.6 (rework)", "25", "its own")
    draft = {row.name: row.words for row in form(tier=Tier.DRAFT).rows()}
    assert draft["steps"] == "8"


def test_asked__nothing_chosen__sends_no_parameter() -> None:
    assert form().asked() == {
        "verb": Verb.FIX, "engine": "diffusers:m", "tier": Tier.FINAL, "candidates": 1, "seed": None, "params": {},
    }  # fmt: skip


def test_asked__chosen_for_one_engine__is_not_sent_to_another() -> None:
    chosen = form().typed("steps", "12").typed("prompt", "a hand").typed("feather", "8")
    assert chosen.asked()["params"] == {"steps": 12, "prompt": "a hand", "feather_px": 8}
    other = chosen.typed("verb", "remove").typed("engine", "patch")
    assert other.asked()["params"] == {"feather_px": 8}


def test_turned__verb__takes_an_engine_that_can() -> None:
    one = form(Verb.REMOVE, "patch")
    assert one.turned("engine", 1).engine == "diffusers:m"
    turned = one.turned("verb", 1)
    assert (turned.verb, turned.engine) == (Verb.FIX, "diffusers:m")
    assert one.turned("verb", -1).verb is one.verbs[-1]


def test_turned__numbers__stay_within_the_engines_bounds() -> None:
    one = form().turned("strength", 1)
    assert one.value_of("strength") == 0.8
    for _ in range(5):
        one = one.turned("strength", 1)
    assert one.value_of("strength") == 1.0
    odd = form(Verb.RESTYLE, "odd")
    assert odd.turned("tiled", 1).value_of("tiled") is True
    assert odd.turned("warmth", 1).value_of("warmth") == pytest.approx(0.55)
    for _ in range(30):
        odd = odd.turned("warmth", -1)
    assert odd.value_of("warmth") == 0
    assert form(candidates=64).turned("candidates", 1).candidates == 64
    assert form().turned("guidance", 1).value_of("guidance") == pytest.approx(5.0)


def test_turned__feather__goes_from_automatic_to_exactly_the_region_and_back() -> None:
    one = form().turned("feather", 1)
    assert one.feather_px == 0
    assert one.turned("feather", 1).feather_px == 4
    assert one.turned("feather", -1).feather_px is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("strength", "polish", 0.3), ("strength", "0.7", 0.7), ("steps", "9", 9), ("guidance", "3.5", 3.5),
        ("prompt", " a hand ", "a hand"), ("prompt", "", ""), ("steps", "", 25),
    ],
)  # fmt: skip
def test_typed__a_value__is_of_its_kind(name: str, text: str, value: object) -> None:
    assert form().typed(name, text).value_of(name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("verb", "fly"), ("engine", "nobody"), ("tier", "best"), ("candidates", "65"), ("candidates", "0"),
        ("seed", "-1"), ("seed", "99999999999"), ("feather", "4097"), ("feather", "x"), ("strength", "strong"),
        ("steps", "many"), ("steps", "1.5"),
    ],
)  # fmt: skip
def test_typed__no_value_of_the_field__is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        form().typed(name, text)


def test_reset__a_field__is_as_if_nothing_was_said() -> None:
    one = form(seed=7, feather_px=3, candidates=4).typed("steps", "9")
    for name in ("seed", "feather", "candidates", "steps"):
        one = one.reset(name)
    assert one.asked() == form().asked()


# Verbs that want to be told more


def test_verbs__by_words__need_an_engine_that_reads_some() -> None:
    one = FixForm({"ruler": RULER, "patch": PATCH}, Verb.REMOVE, "patch", SIZE)
    assert one.verbs == (Verb.REMOVE, Verb.OUTPAINT)
    assert one.able == ("ruler", "patch")


def test_verbs__of_several_notes__are_those_that_redo_each_region() -> None:
    assert whole_form(own_prompts=True).verbs == (Verb.REMOVE, Verb.FIX, Verb.RESTYLE, Verb.RECOLOR)


def whole_form(verb: Verb = Verb.REMOVE, **changes: object) -> FixForm:
    engine = next(name for name, info in ALL.items() if verb in info.verbs)
    return FixForm(ALL, verb, engine, SIZE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verb", "rows"),
    [
        (Verb.OUTPAINT, ["ratio", "anchor", "seed", "engine", "tier", "candidates", "patch_size"]),
        (Verb.UPSCALE, ["factor", "engine", "tier"]),
        (Verb.RECOLOR, ["to", "like", "feather", "engine", "tier", "amount", "exposure", "contrast", "saturation",
                        "temperature", "tint"]),
        (Verb.OVERLAY, ["text", "size", "color", "anchor", "at", "align", "font", "engine", "tier", "opacity"]),
        (Verb.BACKGROUND, ["keep", "prompt", "strength", "seed", "engine", "tier", "candidates", "negative_prompt",
                           "steps", "guidance"]),
    ],
)  # fmt: skip
def test_rows__of_each_verb__are_what_it_wants_to_be_told(verb: Verb, rows: list[str]) -> None:
    assert names(whole_form(verb)) == ["verb", *rows]


@pytest.mark.parametrize(
    ("verb", "name", "typed", "word"),
    [
        (Verb.OUTPAINT, "ratio", "16:9", "16:9"), (Verb.OUTPAINT, "anchor", "centre", "center"),
        (Verb.UPSCALE, "factor", "4", "4"), (Verb.RECOLOR, "to", "#36a", "#3366aa"), (Verb.RECOLOR, "to", "", ""),
        (Verb.OVERLAY, "text", " NEW ", "NEW"), (Verb.OVERLAY, "size", "48", "48"),
        (Verb.OVERLAY, "size", "fit", "fit"),
        (Verb.OVERLAY, "at", "5%,9", "5%,9"),
        (Verb.OVERLAY, "align", "c", "center"), (Verb.BACKGROUND, "keep", "m", "marked"),
    ],
)  # fmt: skip
def test_typed__word_of_a_verb__is_checked_and_sent(verb: Verb, name: str, typed: str, word: str) -> None:
    assert whole_form(verb).typed(name, typed).word_of(name) == word


@pytest.mark.parametrize(
    ("verb", "name", "typed"),
    [
        (Verb.OUTPAINT, "ratio", "4:3"), (Verb.OUTPAINT, "ratio", "99:1"), (Verb.OUTPAINT, "anchor", "there"),
        (Verb.UPSCALE, "factor", "3"), (Verb.RECOLOR, "to", "reddish"), (Verb.RECOLOR, "like", "900,0,5,5"),
        (Verb.OVERLAY, "size", "huge"), (Verb.OVERLAY, "at", "middle"), (Verb.OVERLAY, "align", "x"),
        (Verb.BACKGROUND, "keep", "x"),
    ],
)  # fmt: skip
def test_typed__no_word_of_a_verb__is_refused(verb: Verb, name: str, typed: str) -> None:
    with pytest.raises(UsageError):
        whole_form(verb).typed(name, typed)


def test_turned__word_of_a_verb__goes_round_and_what_is_only_typed_stays() -> None:
    one = whole_form(Verb.UPSCALE).turned("factor", 1)
    assert (one.word_of("factor"), one.turned("factor", 1).word_of("factor")) == ("4", "2")
    assert whole_form(Verb.OVERLAY).turned("at", 1).word_of("at") == ""
    assert one.reset("factor").word_of("factor") == "2"


def test_default__ratio__is_another_shape_than_the_picture_has() -> None:
    for size, ratio in ((SIZE, "16:9"), (PixelSize(60, 80), "9:16"), (PixelSize(160, 90), "1:1")):
        assert FixForm(ALL, Verb.OUTPAINT, "patch", size).word_of("ratio") == ratio


def test_wanted__each_verb__says_its_words_and_no_edge_that_is_not_its_own() -> None:
    one = whole_form(Verb.OUTPAINT, feather_px=9).typed("anchor", "left").wanted()
    assert (one.words, one.asked["params"]) == ({"ratio": "16:9", "anchor": "left"}, {})
    assert whole_form(Verb.UPSCALE).wanted().words == {"factor": 2}
    graded = whole_form(Verb.RECOLOR, feather_px=9).typed("to", "#f00").typed("exposure", "0.5").wanted()
    assert (graded.words, graded.asked["params"]) == ({"to": "#ff0000"}, {"exposure": 0.5, "feather_px": 9})
    kept = whole_form(Verb.BACKGROUND)
    assert (kept.wanted().around_subject, kept.typed("keep", "marked").wanted().around_subject) == (True, False)
    assert "keep" not in kept.wanted().words


def test_verb_changed__words_of_another__are_not_taken_for_its_own() -> None:
    one = whole_form(Verb.OUTPAINT).typed("anchor", "left").typed("verb", "overlay")
    assert one.word_of("anchor") == "center"
    quoted = whole_form(params={"prompt": 'a sign that says "OPEN"'})
    assert quoted.letters == "OPEN"
    changed = quoted.typed("verb", "overlay")
    assert (changed.word_of("text"), changed.letters) == ("OPEN", "")
