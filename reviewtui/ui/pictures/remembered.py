"""What the terminal of an ssh connection said last time, for when it answers too late this time.

Only a connection names a terminal well enough: whoever opens another one may sit at another terminal. Nothing is
remembered inside tmux and screen, which outlive their terminals. Imports neither Textual nor an imaging library.
"""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reviewtui.model.geometry import PixelSize
from reviewtui.model.text import safe
from reviewtui.ui.pictures.facts import PROTOCOLS, TerminalFacts

_KEPT_S = 12 * 3600.0
_MOST = 32
_LARGEST_BYTES = 64 * 1024


def remember(facts: TerminalFacts, environment: Mapping[str, str], now_s: float | None = None) -> None:
    """Keep what a terminal answered. Blocking, a small file; that it cannot be written is no trouble.

    Args:
        facts: of a terminal that answered.
        environment: of the process.
        now_s: seconds since the epoch; None for now.
    """
    key, now = _key(environment), time.time() if now_s is None else now_s
    if key is None or facts.rtt_ms is None or facts.tmux is not None:
        return
    known = {one: said for one, said in _load(environment, now).items() if one != key}
    newest = dict(sorted(known.items(), key=lambda item: item[1]["at"])[-(_MOST - 1) :])
    newest[key] = {
        "at": now, "can": list(facts.can), "name": facts.name, "sync": facts.sync, "truecolor": facts.truecolor,
        "cell": _sides(facts.cell_px), "limit": _sides(facts.sixel_limit_px), "colors": facts.sixel_colors,
    }  # fmt: skip
    path = _path(environment)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(newest), encoding="utf-8")
        draft.replace(path)


def recall(facts: TerminalFacts, environment: Mapping[str, str], now_s: float | None = None) -> TerminalFacts:
    """The facts, with what the connection's terminal said before where it stayed silent now. Blocking.

    Args:
        facts: of now.
        environment: of the process.
        now_s: seconds since the epoch; None for now.
    """
    key = _key(environment)
    if key is None or facts.rtt_ms is not None or facts.tmux is not None:
        return facts
    said = _load(environment, time.time() if now_s is None else now_s).get(key)
    if said is None:
        return facts
    return replace(
        facts,
        can=tuple(said["can"]),
        name=safe(said["name"]),
        sync=said["sync"] is True,
        truecolor=said["truecolor"] is True,
        cell_px=facts.cell_px or _size(said.get("cell")),
        sixel_limit_px=_size(said.get("limit")),
        sixel_colors=said["colors"] if isinstance(said.get("colors"), int) else None,
        reasons=("the terminal did not answer in time; over this connection it said before what it takes",),
        better=(),
    )


def _key(environment: Mapping[str, str]) -> str | None:
    """Names a terminal, or None when nothing does for sure."""
    term, connection, tty = (environment.get(name, "") for name in ("TERM", "SSH_CONNECTION", "SSH_TTY"))
    between = environment.get("TMUX") or environment.get("STY") or term.startswith(("screen", "tmux"))
    return None if between or not (connection and tty) else f"{connection} {tty} {term}"


def _path(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "reviewtui" / "terminals.json"


def _load(environment: Mapping[str, str], now_s: float) -> dict[str, Any]:
    """What is known and not too old; anything odd in the file is left out."""
    path = _path(environment)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return {}
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = read.items() if isinstance(read, dict) else ()
    return {key: said for key, said in entries if _is_sound(said) and 0 <= now_s - said["at"] < _KEPT_S}


def _is_sound(said: Any) -> bool:
    return (
        isinstance(said, dict)
        and isinstance(said.get("at"), int | float)
        and isinstance(said.get("name"), str)
        and {"sync", "truecolor"} <= said.keys()
        and isinstance(said.get("can"), list)
        and all(one in PROTOCOLS for one in said["can"])
        and said["can"][-2:] == ["half", "text"]
    )


def _sides(size: PixelSize | None) -> list[int] | None:
    return None if size is None else [size.width, size.height]


def _size(sides: Any) -> PixelSize | None:
    is_size = isinstance(sides, list) and len(sides) == 2 and all(isinstance(one, int) and one > 0 for one in sides)
    return PixelSize(*sides) if is_size else None
