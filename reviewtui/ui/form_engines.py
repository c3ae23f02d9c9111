"""Which engines a form can offer, and what they read. Pure."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.model.lifecycle import Verb

#: These are done by words alone; an engine that reads none can do the others.
_BY_PROMPT = frozenset({Verb.FIX, Verb.RESTYLE, Verb.BACKGROUND})


def able_engines(engines: Mapping[str, EngineInfo], verb: Verb) -> tuple[str, ...]:
    """Names of the engines that can do a verb."""
    return tuple(name for name, info in engines.items() if fits(info, verb))


def fits(info: EngineInfo, verb: Verb) -> bool:
    """Whether an engine can do a verb with what the sheet can tell it."""
    return verb in info.verbs and (verb not in _BY_PROMPT or "prompt" in declared(info))


def declared(info: EngineInfo) -> dict[str, Any]:
    """Names and defaults of what an engine reads."""
    return {item.name: None if item.default is MISSING else item.default for item in fields(info.params_type)}
