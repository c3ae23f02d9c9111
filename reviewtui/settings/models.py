"""Model entries: which pipelines the user has added, read from ``engines.toml`` beside the user's settings.

Data only: nothing in the file is executed, and nothing here looks into a model's folder.
"""

import contextlib
import fcntl
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from reviewtui.model.errors import InputError, RefusedError, UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("auto", "float32", "bfloat16", "float16")
OFFLOADS = ("none", "model", "sequential")
CONTROLS = ("masked", "picture")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TABLE = "diffusers"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One pipeline, used as ``diffusers:NAME``.

    Attributes:
        name: letters, digits, ``.``, ``_`` and ``-``.
        source: absolute path of a folder in diffusers' layout, or ``ORG/MODEL`` in the hub's cache on this machine.
        pipeline: class named in its ``model_index.json`` when it was added.
        revision: of a hub model; empty takes ``main``.
        variant: of the weights' file names, such as ``fp16``; empty for plain names.
        licence: as its card states; empty when it states none.
        identity: hash of the index and of names and sizes of the weights when it was added.
        weights_bytes: size of the weights when it was added.
        device: one of DEVICES.
        dtype: one of DTYPES; ``auto`` is bfloat16 on a GPU and float32 elsewhere.
        attention: attention backend by diffusers' name; empty for its default.
        offload: one of OFFLOADS: what waits in main memory while it is not used.
        vae_tiling: decode in tiles: less memory, a little slower.
        channels_last: memory layout that convolutions on some devices like better.
        compile: compile the denoiser when it is first used: slow once, faster afterwards.
        batch: candidates that are sampled together. 1 gives the same bytes as asking for each alone; more is faster on
            a GPU, and may differ from that in the last bits.
        side_px: side that it works best at, in pixels; 0 takes what is usual for its family.
        lora: absolute path of a ``.safetensors`` file; empty for none.
        lora_scale: weight of it.
        steps: of a final fix when nothing else is said; 0 takes the usual number. Distilled models want 4 to 8.
        draft_steps: of a draft, likewise.
        control: one of CONTROLS: what a ControlNet is shown, the picture with the masked part taken out or all of it.
        control_scale: weight of the ControlNet.
    """

    name: str
    source: str
    pipeline: str = ""
    revision: str = ""
    variant: str = ""
    licence: str = ""
    identity: str = ""
    weights_bytes: int = 0
    device: str = field(default="auto", metadata={"choices": DEVICES})
    dtype: str = field(default="auto", metadata={"choices": DTYPES})
    attention: str = ""
    offload: str = field(default="none", metadata={"choices": OFFLOADS})
    vae_tiling: bool = False
    channels_last: bool = False
    compile: bool = False
    batch: int = field(default=1, metadata={"min": 1, "max": 16})
    side_px: int = field(default=0, metadata={"min": 0, "max": 4096})
    lora: str = ""
    lora_scale: float = field(default=1.0, metadata={"min": -4, "max": 4})
    steps: int = field(default=0, metadata={"min": 0, "max": 500})
    draft_steps: int = field(default=0, metadata={"min": 0, "max": 500})
    control: str = field(default="masked", metadata={"choices": CONTROLS})
    control_scale: float = field(default=1.0, metadata={"min": 0, "max": 2})

    @property
    def engine(self) -> str:
        """Name as in commands and jobs."""
        return f"diffusers:{self.name}"

    @property
    def is_folder(self) -> bool:
        """Whether the source is a folder on this machine; else it is a name on the hub."""
        return Path(self.source).is_absolute()


def models_file() -> Path:
    """Where entries are kept, whether the file exists or not."""
    from platformdirs import user_config_path

    return user_config_path("reviewtui") / "engines.toml"


def load_model_entries(file: Path | None = None) -> dict[str, ModelEntry]:
    """All entries by name, in the file's order; none when there is no file.

    Args:
        file: None takes the user's.

    Raises:
        UsageError: the file cannot be read, or an entry is not valid; names it.
    """
    path = models_file() if file is None else file
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "mend or remove it") from error
    tables = data.get(_TABLE, {})
    if set(data) - {_TABLE} or not isinstance(tables, dict):
        raise UsageError(f"{path} holds something that is no model", f"every table in it is like [{_TABLE}.NAME]")
    return {name: _entry(name, values, path) for name, values in tables.items()}


def check_model_name(name: str) -> str:
    """The name, if it can be one.

    Raises:
        UsageError: it cannot.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(f"'{name}' cannot name a model", "letters, digits, '.', '_' and '-', up to 64")
    return name


def _entry(name: str, values: Any, path: Path) -> ModelEntry:
    known = {item.name: item for item in fields(ModelEntry) if item.name != "name"}
    where = f"[{_TABLE}.{name}] in {path}"
    if not isinstance(values, dict) or not isinstance(values.get("source"), str) or _NAME.fullmatch(name) is None:
        raise UsageError(f"{where} is no model entry", 'it needs at least source = "FOLDER or ORG/MODEL"')
    for key, value in values.items():
        if key not in known:
            raise UsageError(f"{where} has no setting '{key}'", f"settings: {', '.join(known)}")
        _check(f"{key} of {where}", value, known[key])
    return ModelEntry(name=name, **values)


def _check(what: str, value: Any, item: Any) -> None:
    wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[item.type]
    kinds: tuple[type, ...] = (int, float) if item.type is float else (item.type,)
    if type(value) not in kinds:
        raise UsageError(f"{what} must be {wanted}, not {value!r}")
    choices = item.metadata.get("choices")
    if choices and value not in choices:
        raise UsageError(f"{what} must be one of {', '.join(choices)}, not {value!r}")
    low, high = item.metadata.get("min"), item.metadata.get("max")
    if low is not None and not low <= value <= high:
        raise UsageError(f"{what} is {low} to {high}, not {value!r}")


def save_model_entry(entry: ModelEntry, file: Path | None = None) -> Path:
    """Append an entry to the file; what else is in it, comments included, stays as it is. Blocking.

    Returns:
        The file.

    Raises:
        RefusedError: there is an entry of that name.
        InputError: the file cannot be written, or a value cannot be written down.
        UsageError: the file as it is cannot be read, or the name cannot be one.
    """
    path = models_file() if file is None else file
    check_model_name(entry.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            if entry.name in load_model_entries(path):
                raise RefusedError(
                    f"there is a model '{entry.name}' already",
                    f"take another name, or remove [{_TABLE}.{entry.name}] from {path}",
                )
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            _replace(path, before + _as_toml(entry, after=before))
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path} cannot be written: {error}") from error
    return path


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _as_toml(entry: ModelEntry, *, after: str) -> str:
    """The entry as a table; settings at their defaults are left out, so that better defaults reach it later."""
    lines = [f'[{_TABLE}."{entry.name}"]']
    for item in fields(ModelEntry):
        value = getattr(entry, item.name)
        if item.name != "name" and value != item.default:
            # JSON writes strings, numbers and booleans as TOML does, but for the one control character below.
            lines.append(f"{item.name} = {json.dumps(value).replace(chr(127), chr(92) + 'u007f')}")
    gap = "" if not after else "\n" if after.endswith("\n") else "\n\n"
    return gap + "\n".join(lines) + "\n"
