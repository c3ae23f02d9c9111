"""The fields of a fix before it is sent: pure state, no widgets. Engine parameters come from the engine's dataclass."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ENGINE_VERBS, Tier, Verb
from reviewtui.model.prompts import MAX_CANDIDATES, quoted_texts
from reviewtui.model.strengths import parse_strength, strength_words
from reviewtui.services.wanted import Wanted
from reviewtui.ui.form_engines import able_engines, declared, fits
from reviewtui.ui.form_values import named_strength, one_of, turn, whole
from reviewtui.ui.marking import FEATHER_MAX_PX
from reviewtui.ui.verb_fields import (
    KEEP,
    KEEP_MARKED,
    KEEP_SUBJECT,
    OWN_EDGE_VERBS,
    VerbField,
    default_word,
    fields_of,
)

_BY_WORDS = frozenset({Verb.REMOVE, Verb.FIX, Verb.RESTYLE})
#: Of several notes, each with its own region, one after the other.
_FOR_SEVERAL = frozenset({Verb.REMOVE, Verb.FIX, Verb.RESTYLE, Verb.RECOLOR})
_PLACED = ("prompt", "strength")
#: Worked out from what the verb is told.
_DERIVED = frozenset({"look", "font_sha256", "size_px", "factor"})
_NUMBER_STEPS = 20


@dataclass(frozen=True, slots=True)
class FormField:
    """One row.

    Attributes:
        name: as in ``fix --NAME`` or in the engine's parameters.
        value: shown; None where the engine or chance decides.
        words: the value in words.
        help: what it is.
        is_text: typed rather than turned.
    """

    name: str
    value: Any
    words: str
    help: str
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class FixForm:
    """What would be sent.

    Attributes:
        engines: usable here, by name.
        engine: one of them; empty when none can do the verb.
        size: of the picture.
        params: what was chosen; what is absent is the engine's default for verb and tier.
        seed: None draws one.
        feather_px: None is automatic.
        own_prompts: each of several notes brings its own prompt.
        words: what the verb was told, see ``ui.verb_fields``; what is absent is its default.
        is_set_anew: the letters take the place of those that were set for this note before.
    """

    engines: Mapping[str, EngineInfo] = field(repr=False)
    verb: Verb
    engine: str
    size: PixelSize
    tier: Tier = Tier.FINAL
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    candidates: int = 1
    feather_px: int | None = None
    own_prompts: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    is_set_anew: bool = False

    @property
    def info(self) -> EngineInfo | None:
        """Of the chosen engine."""
        return self.engines.get(self.engine)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What some engine here can do, in the model's order."""
        verbs = [verb for verb in ENGINE_VERBS if not self.own_prompts or verb in _FOR_SEVERAL]
        return tuple(verb for verb in verbs if any(fits(info, verb) for info in self.engines.values()))

    @property
    def able(self) -> tuple[str, ...]:
        """Engines that can do the verb."""
        return able_engines(self.engines, self.verb)

    def default_of(self, name: str) -> Any:
        """What the engine takes when nothing is chosen."""
        info = self.info
        if info is None:
            return None
        return {**declared(info), **info.defaults(self.verb, self.tier)}.get(name)

    def value_of(self, name: str) -> Any:
        """What would be sent for a parameter of the engine."""
        return self.params.get(name, self.default_of(name))

    def rows(self) -> tuple[FormField, ...]:
        """All fields, top first; only those that the engine reads."""
        own = {} if self.info is None else declared(self.info)
        rows = [
            FormField("verb", self.verb, self.verb.value, f"what the fix does; h and l turn through {len(self.verbs)}")
        ]
        rows.extend(self._word_row(one) for one in fields_of(self.verb))
        if "prompt" in own and not self.own_prompts:
            prompt = str(self.value_of("prompt") or "")
            rows.append(FormField("prompt", prompt, prompt, r"what should be there; a|b|c tries three", is_text=True))
        if "strength" in own:
            strength = float(self.value_of("strength"))
            rows.append(FormField("strength", strength, strength_words(strength), "how much a model may change"))
        if self.verb not in OWN_EDGE_VERBS:
            feather = "automatic" if self.feather_px is None else f"{self.feather_px} px"
            rows.append(FormField("feather", self.feather_px, feather, "soft edge; 0 is exactly the region"))
        draws = self.info is None or self.info.uses_seed
        if draws:
            seed = "drawn" if self.seed is None else str(self.seed)
            rows.append(FormField("seed", self.seed, seed, "same seed, same pixels"))
        rows.append(FormField("engine", self.engine, self.engine or "none can", "what makes the pixels"))
        rows.append(FormField("tier", self.tier, self.tier.value, "draft is quick, final is best"))
        if draws:
            rows.append(FormField("candidates", self.candidates, str(self.candidates), "results to choose from"))
        said = {one.name for one in rows}
        rows.extend(self._own_row(name) for name in own if name not in said and name not in (*_PLACED, *_DERIVED))
        return tuple(rows)

    def word_of(self, name: str) -> str:
        """What the verb is told by a field of its own; empty for nothing."""
        return self.words.get(name, default_word(self.verb, name, self.size))

    def all_words(self) -> dict[str, str]:
        """What the verb is told, without what is not said."""
        told = {one.name: self.word_of(one.name) for one in fields_of(self.verb)}
        return {name: word for name, word in told.items() if word}

    def _word_row(self, one: VerbField) -> FormField:
        word = self.word_of(one.name)
        return FormField(one.name, word, word or one.empty, one.help, is_text=not one.choices)

    def _word_field(self, name: str) -> VerbField | None:
        return next((one for one in fields_of(self.verb) if one.name == name), None)

    def _own_row(self, name: str) -> FormField:
        value, item = self.value_of(name), self._item(name)
        words = "its own" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        return FormField(name, value, words, item.metadata.get("help", ""), is_text=isinstance(value, str))

    def _item(self, name: str) -> Any:
        info = self.info
        assert info is not None
        return next(item for item in fields(info.params_type) if item.name == name)

    # Changing

    def turned(self, name: str, direction: int) -> "FixForm":
        """The next or previous value of a field."""
        if name == "verb":
            return self._with_verb(turn(self.verbs, self.verb, direction))
        own_word = self._word_field(name)
        if own_word is not None:
            return self._with_word(name, turn(own_word.choices, self.word_of(name), direction))
        if name == "engine":
            return self._with_engine(turn(self.able, self.engine, direction))
        if name == "tier":
            tiers = sorted(self.info.tiers) if self.info is not None else [self.tier]
            return replace(self, tier=turn(tiers, self.tier, direction))
        if name == "candidates":
            return replace(self, candidates=min(max(self.candidates + direction, 1), MAX_CANDIDATES))
        if name == "feather":
            return self._with_feather(direction)
        if name == "seed":
            return replace(self, seed=max((self.seed or 0) + direction, 0))
        if name == "strength":
            return self._with_param(name, named_strength(float(self.value_of(name)), direction))
        return self._turned_own(name, direction)

    def _with_feather(self, direction: int) -> "FixForm":
        """Automatic, 0, 4, 8 … px."""
        if self.feather_px is None:
            return replace(self, feather_px=0) if direction > 0 else self
        feather = self.feather_px + 4 * direction
        return replace(self, feather_px=None if feather < 0 else min(feather, FEATHER_MAX_PX))

    def _turned_own(self, name: str, direction: int) -> "FixForm":
        value, item = self.value_of(name), self._item(name)
        if isinstance(value, bool):
            return self._with_param(name, not value)
        if isinstance(value, str):
            return self
        low, high = item.metadata.get("min", 0), item.metadata.get("max", 100)
        kind = item.metadata.get("kind") or type(value)
        if value is None:
            return self._with_param(name, kind(low + (high - low) / _NUMBER_STEPS))
        step = 1 if kind is int or high - low > _NUMBER_STEPS else (high - low) / _NUMBER_STEPS
        return self._with_param(name, kind(min(max(value + direction * step, low), high)))

    def typed(self, name: str, text: str) -> "FixForm":
        """A field from its text; nothing is the default.

        Raises:
            UsageError: not a value of this field.
        """
        word = text.strip()
        if name == "verb":
            return self._with_verb(Verb(one_of(word, self.verbs)))
        own_word = self._word_field(name)
        if own_word is not None:
            return self._with_word(name, own_word.check(word, self.size)) if word else self.reset(name)
        if name == "engine":
            return self._with_engine(one_of(word, self.able))
        if name == "tier":
            return replace(self, tier=Tier(one_of(word, [] if self.info is None else sorted(self.info.tiers))))
        if name == "candidates":
            return replace(self, candidates=whole(word or "1", 1, MAX_CANDIDATES))
        if name == "seed":
            return replace(self, seed=whole(word, 0, 2**31 - 1) if word else None)
        if name == "feather":
            return replace(self, feather_px=None if word in {"", "a", "auto"} else whole(word, 0, FEATHER_MAX_PX))
        if not word and name != "prompt":
            return self.reset(name)
        return self._with_param(name, self._parsed(name, word))

    def _parsed(self, name: str, word: str) -> Any:
        if name == "prompt":
            return word
        if name == "strength":
            try:
                return parse_strength(word)
            except ValueError as error:
                raise UsageError(str(error), "0 to 1") from None
        value, item = self.value_of(name), self._item(name)
        kind = item.metadata.get("kind") or type(value)
        if kind is str:
            return word
        if kind is bool:
            return one_of(word, ("yes", "no")) == "yes"
        try:
            return kind(word)
        except ValueError:
            raise UsageError(f"'{word[:40]}' is no number", f"{name} is like {value}") from None

    def reset(self, name: str) -> "FixForm":
        """A field at its default."""
        if name == "seed":
            return replace(self, seed=None)
        if name == "feather":
            return replace(self, feather_px=None)
        if name == "candidates":
            return replace(self, candidates=1)
        if self._word_field(name) is not None:
            return replace(self, words={other: word for other, word in self.words.items() if other != name})
        return replace(self, params={other: value for other, value in self.params.items() if other != name})

    def _with_param(self, name: str, value: Any) -> "FixForm":
        return replace(self, params={**self.params, name: value})

    def _with_word(self, name: str, word: str) -> "FixForm":
        return replace(self, words={**self.words, name: word})

    def _with_verb(self, verb: Verb) -> "FixForm":
        params = {k: v for k, v in self.params.items() if k != "strength"}
        # Words of another verb mean something else here: an anchor of a frame is none of a text.
        words = self.words if verb is self.verb else self._first_words(verb)
        changed = replace(self, verb=verb, params=params, words=words, is_set_anew=False)
        return changed if self.engine in changed.able else changed._with_engine((*changed.able, "")[0])

    def _first_words(self, verb: Verb) -> dict[str, str]:
        """What stands in quotes in the prompt are letters to be set."""
        quoted = quoted_texts(str(self.params.get("prompt") or ""))
        return {"text": quoted[0]} if verb is Verb.OVERLAY and quoted else {}

    @property
    def letters(self) -> str:
        """What stands in quotes where a model would have to draw it; empty where nothing does."""
        if self.own_prompts or self.verb not in _BY_WORDS:
            return ""
        return next(iter(quoted_texts(str(self.params.get("prompt") or ""))), "")

    def _with_engine(self, engine: str) -> "FixForm":
        info = self.engines.get(engine)
        tier = self.tier if info is None or self.tier in info.tiers else sorted(info.tiers)[-1]
        return replace(self, engine=engine, tier=tier)

    # Sending

    def asked(self) -> dict[str, Any]:
        """Arguments of ``services.asking.make_requests``; only what this engine reads."""
        own = {} if self.info is None else declared(self.info)
        params = {name: value for name, value in self.params.items() if name in own and value is not None}
        if self.own_prompts:
            params.pop("prompt", None)
        elif "prompt" in params and not params["prompt"]:
            del params["prompt"]
        if self.feather_px is not None and self.verb not in OWN_EDGE_VERBS:
            params["feather_px"] = self.feather_px
        told = {one.name for one in fields_of(self.verb)}
        params = {name: value for name, value in params.items() if name not in told}
        return {
            "verb": self.verb,
            "engine": self.engine or None,
            "tier": self.tier,
            "candidates": self.candidates,
            "seed": self.seed,
            "params": params,
        }

    def wanted(self) -> Wanted:
        """What would be sent."""
        words: dict[str, Any] = self.all_words()
        keep = words.pop(KEEP, KEEP_MARKED)
        if "factor" in words:
            words["factor"] = int(words["factor"])
        return Wanted(self.asked(), words, around_subject=keep == KEEP_SUBJECT)
