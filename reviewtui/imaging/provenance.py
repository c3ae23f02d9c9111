"""What a result says of itself in its PNG texts, and what such texts said of a file. Pure; deterministic to the byte.

``parameters`` stays what it was in the parent: it tells of the whole picture. What was done to regions stands apart, in
``reviewtui``, as one JSON object with the chain of edits, oldest first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviewtui.model.text import safe

KEY = "reviewtui"
PARAMETERS = "parameters"
MAX_EDITS = 64
MAX_CHARS = 32_768
_MAX_WORDS = 2000
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class EditText:
    """One edit as it is written down.

    Attributes:
        parent_sha256: of the file that it was made from.
        regions: ``X,Y,W,H`` of the selection.
        prompt: that was said of the region; None where the engine reads none.
        params: further numbers and short words that the engine got.
    """

    parent_sha256: str
    verb: str
    engine: str
    seed: int
    regions: tuple[str, ...]
    prompt: str | None = None
    params: Mapping[str, Any] | None = None

    def to_data(self) -> dict[str, Any]:
        """JSON-ready, without control characters, short."""
        data: dict[str, Any] = {
            "parent": self.parent_sha256,
            "verb": self.verb,
            "engine": _plain(self.engine),
            "seed": self.seed,
            "regions": list(self.regions[:16]),
        }
        if self.prompt:
            data["prompt"] = _plain(self.prompt)
        params = {name: value for name, value in (self.params or {}).items() if isinstance(value, int | float | str)}
        if params:
            data["params"] = {
                name: _plain(value) if isinstance(value, str) else value for name, value in params.items()
            }
        return data


def edit_texts(parent: Mapping[str, str], edit: EditText) -> dict[str, str]:
    """Texts of a result: the parent's own, with the chain grown by one edit.

    Args:
        parent: PNG texts of the parent, whole.
    """
    before = _read(parent)
    edits = [*_edits_of(before), edit.to_data()]
    older = before.get("older_edits", 0)
    older = older if isinstance(older, int) and 0 <= older < 10**6 else 0
    # What was written for the edit before is replaced; what tells of the whole picture stays word for word.
    is_ours = PARAMETERS not in kept_names(parent)
    dropped = max(len(edits) - MAX_EDITS, 0)
    text = _written(edits[dropped:], older + dropped, is_ours=is_ours)
    while len(text) > MAX_CHARS and dropped < len(edits) - 1:
        dropped += 1
        text = _written(edits[dropped:], older + dropped, is_ours=is_ours)
    texts = {name: value for name, value in parent.items() if name != KEY}
    if is_ours:
        texts[PARAMETERS] = _as_parameters(edit)
    return {**texts, KEY: text}


def kept_names(parent: Mapping[str, str]) -> list[str]:
    """Names of a parent's texts that every child carries word for word: all that reviewtui did not write itself."""
    ours = {KEY, PARAMETERS} if _read(parent).get("parameters") == "of the last edit" else {KEY}
    return [name for name in parent if name not in ours]


def read_chain(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Edits that a file's texts tell of, oldest first; empty for texts that are not ours.

    Text from outside: believe nothing of it that the records do not say as well.
    """
    return _edits_of(_read(texts))


def _read(texts: Mapping[str, str]) -> dict[str, Any]:
    text = texts.get(KEY, "")
    try:
        data = json.loads(text) if len(text) <= 2 * MAX_CHARS else None
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _edits_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    edits = data.get("edits")
    if not isinstance(edits, list):
        return []
    return [one for one in edits[-MAX_EDITS:] if isinstance(one, dict) and isinstance(one.get("parent"), str)]


def _written(edits: list[dict[str, Any]], older: int, *, is_ours: bool) -> str:
    data: dict[str, Any] = {"format": _FORMAT, "edits": edits}
    data["parameters"] = "of the last edit" if is_ours else "of the picture"
    if older:
        data["older_edits"] = older
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _as_parameters(edit: EditText) -> str:
    """For readers that know only this key; used where the picture has no parameters of its own.

    Source: the infotext of AUTOMATIC1111's web interface: prompt, then ``Name: value`` pairs with commas.
    """
    prompt = _plain(edit.prompt or "")
    size = "; ".join(edit.regions[:16])
    pairs = f"Seed: {edit.seed}, Model: {_plain(edit.engine)}, Edit: {edit.verb}, Edited regions: {size}"
    return f"{prompt}\n{pairs}" if prompt else pairs


def _plain(text: str) -> str:
    return safe(text)[:_MAX_WORDS]
