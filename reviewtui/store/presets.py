"""Presets that people saved. A preset can be removed: what was made with it holds its own mask."""

import json

from reviewtui.model.saved_presets import SavedPreset, preset_from_data
from reviewtui.store.connection import Reader, Tx

_SUBJECT = "workspace"


def add_preset(tx: Tx, preset: SavedPreset) -> None:
    """Keep a recipe, with its event; the name must be free."""
    data = json.dumps(preset.to_data(), sort_keys=True)
    tx.insert("preset", name=preset.name, data=data, author=tx.actor.name, created_at=tx.now)
    tx.event("preset.saved", _SUBJECT, {"preset": preset.name, **preset.to_data()})


def remove_preset(tx: Tx, name: str) -> bool:
    """Forget a recipe, with its event; False when there is none."""
    removed = tx.run("DELETE FROM preset WHERE name = ?", (name,))
    if removed:
        tx.event("preset.removed", _SUBJECT, {"preset": name})
    return bool(removed)


def find_preset(db: Reader, name: str) -> SavedPreset | None:
    """The recipe with this name, or None.

    Raises:
        InputError: what is stored describes none.
    """
    row = db.one("SELECT data, author FROM preset WHERE name = ?", (name,))
    return None if row is None else preset_from_data(name, json.loads(row[0]), row[1])


def list_saved_presets(db: Reader) -> list[SavedPreset]:
    """All of them by name."""
    rows = db.all("SELECT name, data, author FROM preset ORDER BY name")
    return [preset_from_data(name, json.loads(data), author) for name, data, author in rows]
