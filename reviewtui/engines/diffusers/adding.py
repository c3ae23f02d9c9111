"""Adding a model: look at it, get it when that was asked for, and write its entry down."""

import os
import re
from dataclasses import replace
from pathlib import Path

from reviewtui.engines.diffusers.folder import find_folder, inspect_folder
from reviewtui.model.errors import EngineError, InputError, RefusedError, UsageError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.settings.models import ModelEntry, check_model_name, load_model_entries, save_model_entry

_HUB_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
#: What a pipeline consists of. Pickled weights and code are not fetched.
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model", "*/*.jinja", "README.md", "LICENSE*"]
_TRUE = frozenset({"1", "on", "yes", "true"})


def add_model(name: str, source: str, *, revision: str = "", download: bool = False) -> ModelEntry:
    """Write down a model, so that ``diffusers:NAME`` can be asked for. Blocking; a download may take hours.

    Args:
        name: letters, digits, ``.``, ``_`` and ``-``.
        source: a folder in diffusers' layout, or ``ORG/MODEL`` on the hub.
        revision: of a hub model; empty takes ``main``.
        download: get a hub model that is not here; nothing is ever downloaded without it.

    Raises:
        UsageError: the name cannot be one, or the source is neither a folder nor a name on the hub.
        RefusedError: the name is taken, or the hub is switched off by ``HF_HUB_OFFLINE``.
        EngineError: the model is not here, not whole, pickled, or brings code.
        InputError: the entry cannot be written, or the download failed.
    """
    check_model_name(name)
    if name in load_model_entries():
        raise RefusedError(f"there is a model '{name}' already", "take another name, or remove it from engines.toml")
    entry = ModelEntry(name=name, source=_checked_source(source), revision=revision)
    if download and not entry.is_folder:
        _download(entry)
    try:
        folder = inspect_folder(find_folder(entry))
    except EngineError as error:
        raise EngineError(error.kind, error.message, error.remedy.replace(" NAME ", f" {name} ")) from error
    entry = replace(
        entry,
        pipeline=folder.pipeline,
        variant=folder.variant,
        licence=folder.licence,
        identity=folder.identity,
        weights_bytes=folder.weights_bytes,
    )
    save_model_entry(entry)
    return entry


def _checked_source(source: str) -> str:
    path = Path(source).expanduser()
    if path.is_dir():
        return str(path.resolve())
    if path.is_absolute() or source.startswith((".", "~")) or path.exists():
        raise UsageError(f"there is no folder {source}", "give a folder with a model_index.json, or ORG/MODEL")
    if _HUB_NAME.fullmatch(source) is None:
        raise UsageError(f"'{source}' is neither a folder nor ORG/MODEL on the hub")
    return source


def _download(entry: ModelEntry) -> None:
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE:
        raise RefusedError("HF_HUB_OFFLINE is set, so nothing is downloaded", "unset it, or give a folder")
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise EngineError(
            ErrorKind.ENGINE_MISSING, "downloading needs huggingface_hub", "pip install diffusers"
        ) from error
    try:
        snapshot_download(entry.source, revision=entry.revision or None, allow_patterns=_WANTED)
    except (HfHubHTTPError, OSError, ValueError) as error:
        words = " ".join(str(error).split())[:300]
        raise InputError(
            f"{entry.source} could not be downloaded: {words}", "try again: what is here is kept"
        ) from error
