"""The fields of a fix: those that the engine reads, turned and typed within its bounds, sent only where chosen."""

from dataclasses import dataclass, field

import pytest

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.catalog import PATCH
from reviewtui.engines.diffusers.params import TIER_DEFAULTS, VERB_DEFAULTS, DiffusionParams
from reviewtui.model.errors import UsageError
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
OTHER = EngineInfo("ruler", "r", frozenset({Verb.OUTPAINT, Verb.BACKGROUND, Verb.REMOVE}))
ENGINES = {"patch": PATCH, "diffusers:m": MODEL, "odd": ODD}


def form(verb: Verb = Verb.FIX, engine: str = "diffusers:m", **changes: object) -> FixForm:
    return FixForm(ENGINES, verb, engine, **changes)  # type: ignore[arg-type]


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
    assert one.turned("verb", -1).verb is Verb.RESTYLE


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


def test_verbs__that_want_more_than_a_region_and_a_prompt__are_no_matter_of_the_sheet() -> None:
    one = FixForm({"ruler": OTHER, "patch": PATCH}, Verb.REMOVE, "patch")
    assert one.verbs == (Verb.REMOVE,)
    assert one.able == ("ruler", "patch")
