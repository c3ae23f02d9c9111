"""The fields of a fix before it is sent: pure state, no widgets. Engine parameters come from the engine's dataclass."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import ENGINE_VERBS, Tier, Verb
from reviewtui.model.prompts import MAX_CANDIDATES
from reviewtui.model.strengths import STRENGTHS, parse_strength, strength_words
from reviewtui.ui.marking import FEATHER_MAX_PX

#: Others want words of their own, such as a ratio or a color, or another mask than what was drawn.
_VERBS = frozenset({Verb.REMOVE, Verb.FIX, Verb.RESTYLE})
_MORE_VERBS = "what the fix does; more of them: Esc, then V (v in MARK)"
_PLACED = ("prompt", "strength")
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
        params: what was chosen; what is absent is the engine's default for verb and tier.
        seed: None draws one.
        feather_px: None is automatic.
        own_prompts: each of several notes brings its own prompt.
    """

    engines: Mapping[str, EngineInfo] = field(repr=False)
    verb: Verb
    engine: str
    tier: Tier = Tier.FINAL
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    candidates: int = 1
    feather_px: int | None = None
    own_prompts: bool = False

    @property
    def info(self) -> EngineInfo | None:
        """Of the chosen engine."""
        return self.engines.get(self.engine)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What some engine here can do with a region and a prompt, in the model's order."""
        return tuple(verb for verb in ENGINE_VERBS if any(_fits(info, verb) for info in self.engines.values()))

    @property
    def able(self) -> tuple[str, ...]:
        """Engines that can do the verb."""
        return able_engines(self.engines, self.verb)

    def default_of(self, name: str) -> Any:
        """What the engine takes when nothing is chosen."""
        info = self.info
        if info is None:
            return None
        return {**_declared(info), **info.defaults(self.verb, self.tier)}.get(name)

    def value_of(self, name: str) -> Any:
        """What would be sent for a parameter of the engine."""
        return self.params.get(name, self.default_of(name))

    def rows(self) -> tuple[FormField, ...]:
        """All fields, top first; only those that the engine reads."""
        own = {} if self.info is None else _declared(self.info)
        rows = [FormField("verb", self.verb, self.verb.value, _MORE_VERBS)]
        if "prompt" in own and not self.own_prompts:
            prompt = str(self.value_of("prompt") or "")
            rows.append(FormField("prompt", prompt, prompt, r"what should be there; a|b|c tries three", is_text=True))
        if "strength" in own:
            strength = float(self.value_of("strength"))
            rows.append(FormField("strength", strength, strength_words(strength), "how much a model may change"))
        feather = "automatic" if self.feather_px is None else f"{self.feather_px} px"
        rows.append(FormField("feather", self.feather_px, feather, "soft edge; 0 is exactly the region"))
        rows.append(
            FormField("seed", self.seed, "drawn" if self.seed is None else str(self.seed), "same seed, same pixels")
        )
        rows.append(FormField("engine", self.engine, self.engine or "none can", "what makes the pixels"))
        rows.append(FormField("tier", self.tier, self.tier.value, "draft is quick, final is best"))
        rows.append(FormField("candidates", self.candidates, str(self.candidates), "results to choose from"))
        rows.extend(self._own_row(name) for name in own if name not in _PLACED)
        return tuple(rows)

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
            return self._with_verb(_turn(self.verbs, self.verb, direction))
        if name == "engine":
            return self._with_engine(_turn(self.able, self.engine, direction))
        if name == "tier":
            tiers = sorted(self.info.tiers) if self.info is not None else [self.tier]
            return replace(self, tier=_turn(tiers, self.tier, direction))
        if name == "candidates":
            return replace(self, candidates=min(max(self.candidates + direction, 1), MAX_CANDIDATES))
        if name == "feather":
            return self._with_feather(direction)
        if name == "seed":
            return replace(self, seed=max((self.seed or 0) + direction, 0))
        if name == "strength":
            return self._with_param(name, _named_strength(float(self.value_of(name)), direction))
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
            return self._with_verb(Verb(_one_of(word, self.verbs)))
        if name == "engine":
            return self._with_engine(_one_of(word, self.able))
        if name == "tier":
            return replace(self, tier=Tier(_one_of(word, [] if self.info is None else sorted(self.info.tiers))))
        if name == "candidates":
            return replace(self, candidates=_whole(word or "1", 1, MAX_CANDIDATES))
        if name == "seed":
            return replace(self, seed=_whole(word, 0, 2**31 - 1) if word else None)
        if name == "feather":
            return replace(self, feather_px=None if word in {"", "a", "auto"} else _whole(word, 0, FEATHER_MAX_PX))
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
            return _one_of(word, ("yes", "no")) == "yes"
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
        return replace(self, params={other: value for other, value in self.params.items() if other != name})

    def _with_param(self, name: str, value: Any) -> "FixForm":
        return replace(self, params={**self.params, name: value})

    def _with_verb(self, verb: Verb) -> "FixForm":
        changed = replace(self, verb=verb, params={k: v for k, v in self.params.items() if k != "strength"})
        return changed if self.engine in changed.able else changed._with_engine((*changed.able, "")[0])

    def _with_engine(self, engine: str) -> "FixForm":
        info = self.engines.get(engine)
        tier = self.tier if info is None or self.tier in info.tiers else sorted(info.tiers)[-1]
        return replace(self, engine=engine, tier=tier)

    # Sending

    def asked(self) -> dict[str, Any]:
        """Arguments of ``services.asking.make_requests``; only what this engine reads."""
        own = {} if self.info is None else _declared(self.info)
        params = {name: value for name, value in self.params.items() if name in own and value is not None}
        if self.own_prompts:
            params.pop("prompt", None)
        elif "prompt" in params and not params["prompt"]:
            del params["prompt"]
        if self.feather_px is not None:
            params["feather_px"] = self.feather_px
        return {
            "verb": self.verb,
            "engine": self.engine or None,
            "tier": self.tier,
            "candidates": self.candidates,
            "seed": self.seed,
            "params": params,
        }


def able_engines(engines: Mapping[str, EngineInfo], verb: Verb) -> tuple[str, ...]:
    """Names of the engines that can do a verb with nothing but a region and a prompt."""
    return tuple(name for name, info in engines.items() if _fits(info, verb))


def _fits(info: EngineInfo, verb: Verb) -> bool:
    return verb in _VERBS and verb in info.verbs and (verb is Verb.REMOVE or "prompt" in _declared(info))


def _declared(info: EngineInfo) -> dict[str, Any]:
    return {item.name: None if item.default is MISSING else item.default for item in fields(info.params_type)}


def _turn(values: Any, value: Any, direction: int) -> Any:
    known = list(values)
    if not known:
        return value
    return known[(known.index(value) + direction) % len(known)] if value in known else known[0]


def _named_strength(value: float, direction: int) -> float:
    """The next named strength above or below."""
    shares = sorted(STRENGTHS.values())
    beyond = [share for share in shares if (share > value + 1e-9 if direction > 0 else share < value - 1e-9)]
    if not beyond:
        return value
    return beyond[0] if direction > 0 else beyond[-1]


def _one_of(word: str, values: Any) -> str:
    found = [str(value) for value in values if str(value).startswith(word)] if word else []
    exact = [value for value in found if value == word]
    if len(exact or found) != 1:
        raise UsageError(f"'{word[:40]}' is none of them", ", ".join(map(str, values)) or "no engine can")
    return (exact or found)[0]


def _whole(word: str, low: int, high: int) -> int:
    if not (word.isascii() and word.isdigit()) or len(word) > 12 or not low <= int(word) <= high:
        raise UsageError(f"'{word[:40]}' is out of range", f"{low} to {high}")
    return int(word)
