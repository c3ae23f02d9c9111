"""What can be asked of a sampling model. Flags, defaults and checks come from here."""

from dataclasses import dataclass, field
from typing import Any

from reviewtui.model.lifecycle import Tier, Verb

MAX_PROMPT = 10_000


@dataclass(frozen=True, slots=True)
class DiffusionParams:
    """Parameters of ``diffusers:NAME``.

    Attributes:
        strength: how much may change; the share of the steps that are run.
        steps: of the whole schedule.
        guidance: how closely the prompt is followed; None takes the pipeline's own default.
    """

    prompt: str = field(default="", metadata={"help": "what should be there", "max_length": MAX_PROMPT})
    negative_prompt: str = field(default="", metadata={"help": "what should not be there", "max_length": MAX_PROMPT})
    strength: float = field(default=1.0, metadata={"help": "how much may change", "min": 0.01, "max": 1})
    steps: int = field(default=25, metadata={"help": "steps of the schedule", "min": 1, "max": 500})
    guidance: float | None = field(
        default=None,
        metadata={"help": "how closely the prompt is followed", "kind": float, "min": 0, "max": 100},
    )


#: What differs by what is asked for; anything said by hand wins.
VERB_DEFAULTS: dict[Verb, dict[str, Any]] = {
    Verb.REMOVE: {"strength": 1.0},
    Verb.FIX: {"strength": 0.6},
    Verb.RESTYLE: {"strength": 0.6},
    Verb.RECOLOR: {"strength": 0.45},
    Verb.BACKGROUND: {"strength": 1.0},
    Verb.OUTPAINT: {"strength": 1.0},
}
_STEPS = {Tier.DRAFT: 8, Tier.FINAL: 25}


def tier_defaults(*, steps: int = 0, draft_steps: int = 0) -> dict[Tier, dict[str, Any]]:
    """What differs by how good it shall be.

    Args:
        steps: of a final fix; 0 takes the usual number.
        draft_steps: of a draft, likewise.
    """
    own = {Tier.DRAFT: draft_steps, Tier.FINAL: steps}
    return {tier: {"steps": own[tier] or usual} for tier, usual in _STEPS.items()}


#: Of a model whose entry says nothing about it.
TIER_DEFAULTS = tier_defaults()


def effective_steps(steps: int, strength: float) -> int:
    """Steps that are really run: pipelines skip the first ones when less than everything may change; at least 1."""
    return max(min(int(steps * strength), steps), 1)
