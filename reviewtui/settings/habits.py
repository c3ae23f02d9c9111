"""What somebody chose by a key, kept for the next start; what is said in settings wins over it.

Data only: a small file of one's own, of which nothing but known words is believed.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reviewtui.settings.settings import QUEUES, Settings, dotted

_CHOICES = {"ui_queue": QUEUES}
_LARGEST_BYTES = 16 * 1024


def chosen(settings: Settings, name: str, environment: Mapping[str, str] | None = None) -> str:
    """A setting as it is said, else as it was chosen last, else its default. Blocking, a small file.

    Args:
        settings: of the workspace.
        name: of a setting that can be chosen by a key, such as ``ui_queue``.
        environment: None for the process's own.
    """
    said = str(getattr(settings, name))
    if settings.source_of(name) != "default":
        return said
    kept = _read(_path(environment)).get(dotted(name))
    return kept if isinstance(kept, str) and kept in _CHOICES[name] else said


def keep_choice(name: str, value: str, environment: Mapping[str, str] | None = None) -> None:
    """Keep what was chosen. Blocking; that it cannot be written is no trouble.

    Args:
        name: of a setting that can be chosen by a key.
        value: one of its choices.
        environment: None for the process's own.
    """
    path = _path(environment)
    kept = {**_read(path), dotted(name): value}
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(path)


def _path(environment: Mapping[str, str] | None) -> Path:
    base = (os.environ if environment is None else environment).get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "reviewtui" / "habits.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return {}
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
