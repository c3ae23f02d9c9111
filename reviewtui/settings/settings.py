"""Typed settings: defaults, then the user's file, the workspace's file, the environment and flags, later ones win.

Settings are data: TOML is read, nothing in it is executed.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw

IMAGE_PROTOCOLS = ("auto", "kitty", "iterm2", "sixel", "half", "text")
THEMES = ("dark", "light", "high-contrast", "terminal")
SURROUNDS = ("dark", "mid", "light")
QUEUES = ("compact", "roomy")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, one attribute each; in files ``worker_idle_s`` is ``idle_s`` in the table ``[worker]``.

    Attributes:
        worker_idle_s: seconds after which a background worker that nobody needs ends; 0 at once.
        fix_engine: engine that fixes are sent to.
        fix_final_engine: engine that makes the final of an accepted draft; empty takes a better one where there is.
        fix_auto: flaw tags whose notes send their fix at once (notes with a region only).
        fix_candidates: results that a fix offers.
        fix_avoid_faces: a remove that copies takes nothing from people beside the hole.
        fix_timeout_s: seconds after which an engine's run is killed.
        scan_settle_s: seconds that a file's size and time must be stable before it is read.
        scan_interval_s: seconds between full rescans.
        limits_pixels: largest picture that is decoded, in pixels.
        limits_decode_s: seconds that one decode may take.
        limits_memory_bytes: address space of a decoding process.
        ui_theme: one of THEMES.
        ui_images: one of IMAGE_PROTOCOLS.
        ui_surround: grey around pictures, one of SURROUNDS.
        ui_queue: rows of the queue, one of QUEUES: a line each, or a small picture and three lines.
        ui_keymap: path of a TOML file that remaps keys by id; empty for none.
        cost_per_hour: price of one hour of engine time; 0 means not set.
    """

    worker_idle_s: float = 600.0
    fix_engine: str = "patch"
    fix_final_engine: str = ""
    fix_auto: tuple[str, ...] = ()
    fix_candidates: int = 1
    fix_avoid_faces: bool = True
    fix_timeout_s: float = 600.0
    scan_settle_s: float = 1.0
    scan_interval_s: float = 30.0
    limits_pixels: int = 300_000_000
    limits_decode_s: float = 60.0
    limits_memory_bytes: int = 4 << 30
    ui_theme: str = "dark"
    ui_images: str = "auto"
    ui_surround: str = "dark"
    ui_queue: str = "compact"
    ui_keymap: str = ""
    cost_per_hour: float = 0.0
    sources: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, name: str) -> str:
        """Where a value came from: ``default``, a file's path, ``environment`` or ``flag``."""
        return self.sources.get(name, "default")


_CHOICES = {"ui_theme": THEMES, "ui_images": IMAGE_PROTOCOLS, "ui_surround": SURROUNDS, "ui_queue": QUEUES}
_MINIMUM: dict[str, float] = {
    "worker_idle_s": 0,
    "fix_candidates": 1,
    "fix_timeout_s": 1,
    "scan_settle_s": 0,
    "scan_interval_s": 0.2,
    "limits_pixels": 1,
    "limits_decode_s": 1,
    "limits_memory_bytes": 256 << 20,
    "cost_per_hour": 0,
}
_MAXIMUM: dict[str, float] = {"fix_candidates": 64}


def setting_names() -> list[str]:
    """Names of all settings."""
    return [item.name for item in fields(Settings) if item.name != "sources"]


def dotted(name: str) -> str:
    """Name as in files and messages: ``worker.idle_s`` for ``worker_idle_s``."""
    return name.replace("_", ".", 1)


def _fail(name: str, source: str, wanted: str) -> UsageError:
    return UsageError(f"setting {dotted(name)} in {source} is not valid", f"it must be {wanted}")


def _number(name: str, value: Any, kind: type, source: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _fail(name, source, "a number")
    try:
        number: float | int = kind(value)
    except (ValueError, OverflowError) as error:
        raise _fail(name, source, "a number") from error
    low, high = _MINIMUM.get(name, float("-inf")), _MAXIMUM.get(name, float("inf"))
    if not low <= number <= high:
        raise _fail(name, source, f"between {low:g} and {high:g}" if high < float("inf") else f"at least {low:g}")
    return number


def _flaws(name: str, value: Any, source: str) -> tuple[str, ...]:
    items = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(items, list) or any(item not in set(Flaw) for item in items):
        raise _fail(name, source, f"a list of: {', '.join(Flaw)}")
    return tuple(items)


def _switch(name: str, value: Any, source: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    result = known.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(result, bool):
        raise _fail(name, source, "true or false")
    return result


def _check(name: str, value: Any, source: str) -> Any:
    default = getattr(Settings(), name)
    if name == "fix_auto":
        return _flaws(name, value, source)
    if isinstance(default, bool):
        return _switch(name, value, source)
    if isinstance(default, int | float):
        return _number(name, value, type(default), source)
    if not isinstance(value, str):
        raise _fail(name, source, "text")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise _fail(name, source, f"one of: {', '.join(_CHOICES[name])}")
    return value


def _read_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"settings file {path} cannot be read: {error}", "mend or remove it") from error
    flat: dict[str, Any] = {}
    for table, values in data.items():
        if not isinstance(values, dict):
            raise UsageError(
                f"settings file {path}: '{table}' stands outside a table", "settings are like [worker] idle_s"
            )
        flat.update({f"{table}_{key}": value for key, value in values.items()})
    return flat


def load_settings(
    files: list[Path], environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Settings:
    """Settings from all sources, checked.

    Args:
        files: later ones win; missing ones are skipped.
        environment: ``REVIEWTUI_WORKER_IDLE_S`` and so on; None for the process's own.
        flags: by attribute name; None values are skipped.

    Raises:
        UsageError: an unknown setting or a value that is not valid; names it and where it stands.
    """
    known = setting_names()
    layers: list[tuple[str, dict[str, Any]]] = [(str(path), _read_file(path)) for path in files]
    env = os.environ if environment is None else environment
    layers.append(("environment", {name: env[key] for name in known if (key := f"REVIEWTUI_{name.upper()}") in env}))
    layers.append(("flag", {name: value for name, value in (flags or {}).items() if value is not None}))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        for name, value in layer.items():
            if name not in known:
                raise UsageError(
                    f"there is no setting {dotted(name)} ({source})", f"settings: {', '.join(map(dotted, known))}"
                )
            values[name], sources[name] = _check(name, value, source), source
    return Settings(**values, sources=sources)


def user_settings_file() -> Path:
    """The user's own settings file, whether it exists or not."""
    from platformdirs import user_config_path

    return user_config_path("reviewtui") / "settings.toml"
