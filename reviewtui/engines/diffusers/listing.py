"""The user's models as engines: what each can do, and why one cannot be used. Loads no model library."""

from dataclasses import dataclass
from importlib.util import find_spec

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.diffusers.families import crop_rules
from reviewtui.engines.diffusers.folder import find_folder, inspect_folder
from reviewtui.engines.diffusers.params import VERB_DEFAULTS, DiffusionParams, tier_defaults
from reviewtui.model.errors import EngineError, UsageError
from reviewtui.model.lifecycle import ErrorKind, Tier
from reviewtui.settings.models import ModelEntry, load_model_entries

PREFIX = "diffusers:"
LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "safetensors")


@dataclass(frozen=True, slots=True)
class ModelListing:
    """One model of the list: ``words`` and ``remedy`` say why when it cannot be used."""

    info: EngineInfo
    available: bool
    words: str
    remedy: str = ""


def list_models() -> list[ModelListing]:
    """All models in the order in which they were added. Blocking: looks into each model's folder.

    Raises:
        UsageError: engines.toml cannot be read.
    """
    return [_listing(entry) for entry in load_model_entries().values()]


def get_entry(engine: str) -> ModelEntry:
    """The entry behind ``diffusers:NAME``.

    Raises:
        EngineError: kind ``engine_missing``: there is none, or engines.toml cannot be read.
    """
    try:
        entries = load_model_entries()
    except UsageError as error:
        raise EngineError(ErrorKind.ENGINE_MISSING, error.message, error.remedy) from error
    entry = entries.get(engine.removeprefix(PREFIX))
    if entry is None:
        names = ", ".join(known.engine for known in entries.values()) or "none yet"
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"there is no model '{engine}'; there is {names}",
            "reviewtui engines add NAME FOLDER",
        )  # fmt: skip
    return entry


def info_of(entry: ModelEntry) -> EngineInfo:
    """What an entry's engine can do."""
    licence = f", licence {entry.licence}" if entry.licence else ""
    return EngineInfo(
        name=entry.engine,
        words=f"{entry.pipeline or 'inpaint model'}, {entry.weights_bytes / 1e9:.1f} GB{licence}",
        verbs=frozenset(VERB_DEFAULTS),
        tiers=frozenset(Tier),
        device=entry.device,
        needs_model=True,
        crop_rules=crop_rules(entry.pipeline, entry.side_px),
        params_type=DiffusionParams,
        verb_defaults=VERB_DEFAULTS,
        tier_defaults=tier_defaults(steps=entry.steps, draft_steps=entry.draft_steps),
    )


def missing_libraries() -> list[str]:
    """Libraries that models need and that are not installed; nothing is imported."""
    return [name for name in LIBRARIES if find_spec(name) is None]


def _listing(entry: ModelEntry) -> ModelListing:
    info = info_of(entry)
    missing = missing_libraries()
    if missing:
        return ModelListing(info, False, f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    try:
        folder = inspect_folder(find_folder(entry))
    except EngineError as error:
        return ModelListing(info, False, error.message, error.remedy)
    if entry.identity and folder.identity != entry.identity:
        return ModelListing(info, True, f"{info.words}; its files are not those that were added")
    return ModelListing(info, True, info.words)
