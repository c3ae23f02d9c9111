"""One hash that stands for an engine as it was when it ran: model, libraries and everything else that shapes pixels."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# What differs from run to run of the same engine, or says nothing of it.
_OF_THE_RUN = frozenset(
    {"passes", "tiles", "second_steps", "second_strength", "windows", "search_scale", "remark", "effective_steps",
     "sampled_px", "megapixels_sampled", "batch",
     "memory", "offload", "seconds", "pid", "preview"}
)  # fmt: skip


def engine_fingerprint(engine: str, details: Mapping[str, Any]) -> str:
    """SHA-256 of an engine's name and of what it said of itself, 64 hex digits.

    Args:
        details: of ``EngineResult``; model identity and library versions are in it.
    """
    of_engine = {name: value for name, value in details.items() if name not in _OF_THE_RUN}
    text = json.dumps({"engine": engine, **of_engine}, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
