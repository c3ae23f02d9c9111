"""A pipeline's folder, judged without loading anything: what it is, whether it is whole, whether it is safe.

Nothing heavy is imported. Weights are never read beyond the header that says how long they are.
"""

import contextlib
import hashlib
import json
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewtui.engines.diffusers.families import refusal
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.settings.models import ModelEntry

_PICKLES = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle"})
_MAX_JSON_BYTES = 50_000_000
_SAFETENSORS = ".safetensors"
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
#: Parts of a pipeline that have no weights, by how their class is called, or they themselves where the library that
#: saved them calls classes after what they are made with.
_WEIGHTLESS = (
    "Tokenizer", "TokenizerFast", "TokenizersBackend", "Scheduler", "Processor", "ProcessorFast", "ProcessorPil",
    "FeatureExtractor", "Guider",
)  # fmt: skip
_WEIGHTLESS_PARTS = re.compile(r"(tokenizer|scheduler)(_\d+)?")
_DOWNLOAD_AGAIN = "get the whole folder again"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A whole and safe pipeline on this machine.

    Attributes:
        path: the folder.
        pipeline: name of its class.
        components: names of its parts that hold weights.
        variant: of its weights' file names, such as ``fp16``; empty for plain ones.
        licence: as its card states; empty when it states none.
        identity: hash of the index and of the names and sizes of all weights.
        weights_bytes: size of the weights.
    """

    path: Path
    pipeline: str
    components: tuple[str, ...]
    variant: str
    licence: str
    identity: str
    weights_bytes: int


def find_folder(entry: ModelEntry) -> Path:
    """Where an entry's files are on this machine.

    Raises:
        EngineError: kind ``engine_missing``: there is no such folder, or the hub's cache does not have it.
    """
    if entry.is_folder:
        path = Path(entry.source)
        if not path.is_dir():
            raise _missing(f"there is no folder {path}", "bring it back, or remove the model from engines.toml")
        return path
    path = hub_cache() / f"models--{entry.source.replace('/', '--')}"
    revision = entry.revision or "main"
    with contextlib.suppress(OSError, ValueError):  # a commit has no reference of its own
        revision = (path / "refs" / revision).read_text(encoding="ascii").strip()
    snapshot = path / "snapshots" / revision
    if Path(revision).name != revision or not snapshot.is_dir():
        again = f"reviewtui engines add NAME {entry.source} --download"
        raise _missing(f"{entry.source} is not on this machine, and nothing was downloaded", again)
    return snapshot


def hub_cache() -> Path:
    """Folder in which downloaded models lie; the same variables count as for the hub's own library."""
    if place := os.environ.get("HF_HUB_CACHE"):
        return Path(place).expanduser()
    home = os.environ.get("HF_HOME")
    base = Path(home).expanduser() if home else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return base.expanduser() / "hub"


def inspect_folder(path: Path) -> ModelFolder:
    """Look whether a folder holds a pipeline that can be used. Blocking: reads some small files and headers.

    Raises:
        EngineError: kind ``engine_missing``: it is none, it is not whole, its weights are pickled, or it brings code.
    """
    index = _read_index(path)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        raise _missing(f"{path} is a pipeline with code of its own, which is never run", "use one that diffusers knows")
    if why := refusal(pipeline):
        raise _missing(f"{pipeline} {why}", "add a pipeline for inpainting or filling")
    _refuse_code(path)
    weights: list[Path] = []
    components = []
    for name, kind in index.items():
        if name.startswith("_") or not _is_part(kind):
            continue
        folder = path / name
        if Path(name).name != name or not folder.is_dir():
            raise _missing(f"{path} is not whole: the part '{name}' is missing", _DOWNLOAD_AGAIN)
        if not str(kind[1]).endswith(_WEIGHTLESS) and not _WEIGHTLESS_PARTS.fullmatch(name):
            weights += _weights_of(folder)
            components.append(name)
    if not weights:
        raise _missing(f"{path} holds no weights", _DOWNLOAD_AGAIN)
    return ModelFolder(
        path=path,
        pipeline=pipeline,
        components=tuple(components),
        variant=_variant(weights),
        licence=_licence(path),
        identity=_identity(path, weights),
        weights_bytes=sum(file.stat().st_size for file in weights),
    )


def _missing(words: str, remedy: str) -> EngineError:
    return EngineError(ErrorKind.ENGINE_MISSING, words, remedy)


def _read_index(path: Path) -> dict[str, Any]:
    file = path / "model_index.json"
    if not file.is_file():
        single = next((child.name for child in path.glob(f"*{_SAFETENSORS}")), None)
        also = f"; {single} alone is a single-file checkpoint" if single else ""
        raise _missing(f"{path} is no pipeline: it has no model_index.json{also}", "give a folder in diffusers' layout")
    return _read_json(file)


def _read_json(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MAX_JSON_BYTES:
            raise ValueError("too large")
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _missing(f"{file} cannot be read", _DOWNLOAD_AGAIN) from error
    if not isinstance(data, dict):
        raise _missing(f"{file} is not what it should be", _DOWNLOAD_AGAIN)
    return data


def _is_part(kind: Any) -> bool:
    return isinstance(kind, list) and len(kind) == 2 and None not in kind


def _refuse_code(path: Path) -> None:
    code = next((file for pattern in ("*.py", "*/*.py") for file in sorted(path.glob(pattern))), None)
    if code is not None:
        raise _missing(
            f"{path} brings code of its own ({code.relative_to(path)}), which is never run",
            "use a pipeline that diffusers knows, without Python files",
        )


def _weights_of(folder: Path) -> list[Path]:
    """The safetensors files of one part; all of them, or an error."""
    found = sorted(file for file in folder.iterdir() if file.suffix == _SAFETENSORS)
    if not found:
        pickled = next((file.name for file in folder.iterdir() if file.suffix in _PICKLES), None)
        if pickled is not None:
            raise _missing(
                f"{folder}/{pickled} is pickled: opening it could run a program, so it is refused",
                "get the model with .safetensors weights, or convert it",
            )
        raise _missing(f"{folder} has no weights", _DOWNLOAD_AGAIN)
    for index in folder.glob(f"*{_SAFETENSORS}.index.json"):
        shards = _read_json(index).get("weight_map", {})
        absent = sorted(set(shards.values()) - {file.name for file in found}) if isinstance(shards, dict) else ["?"]
        if absent:
            raise _missing(f"{folder} is half downloaded: {absent[0]} is missing", _DOWNLOAD_AGAIN)
    for file in found:
        _check_length(file)
    return found


def _check_length(file: Path) -> None:
    """Source: the safetensors format: 8 bytes header length, JSON header with offsets, data."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, _MAX_JSON_BYTES):
                raise ValueError("header too long")
            header = json.loads(stream.read(length))
        ends = [value["data_offsets"][1] for name, value in header.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        struct.error,
        RecursionError,
    ) as error:
        raise _missing(f"{file} is half downloaded or damaged", _DOWNLOAD_AGAIN) from error
    if size != expected:
        raise _missing(f"{file} is half downloaded: {size} of {expected} bytes", _DOWNLOAD_AGAIN)


def _variant(weights: list[Path]) -> str:
    """``fp16`` for ``model.fp16.safetensors``, when every part comes in it and some part in nothing else."""
    by_folder: dict[Path, set[str]] = {}
    for file in weights:
        _, dot, variant = _SHARD.sub("", file.stem).partition(".")
        by_folder.setdefault(file.parent, set()).add(variant if dot else "")
    if all("" in variants for variants in by_folder.values()):
        return ""
    common = set.intersection(*by_folder.values())
    return sorted(common)[0] if common else ""


def _licence(path: Path) -> str:
    """``license:`` of the card's front matter."""
    try:
        with (path / "README.md").open(encoding="utf-8", errors="replace") as card:
            text = card.read(20_000)
    except OSError:
        return ""
    front = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    named = re.search(r"^license(?:_name)?:[ \t]*['\"]?([\w. +-]{1,80})", front[1], re.MULTILINE) if front else None
    return named[1].strip() if named else ""


def _identity(path: Path, weights: list[Path]) -> str:
    """Cheap: a changed index, or weights of other names or sizes, give another one."""
    digest = hashlib.sha256((path / "model_index.json").read_bytes())
    for file in sorted(weights):
        digest.update(f"\n{file.relative_to(path).as_posix()} {file.stat().st_size}".encode())
    return digest.hexdigest()
