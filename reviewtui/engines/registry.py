"""Which engines there are, and loading exactly one. Listing imports no engine and no heavy library."""

import importlib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from reviewtui.engines.base import Engine, EngineInfo
from reviewtui.engines.catalog import BUILT_IN
from reviewtui.engines.diffusers.listing import PREFIX, get_entry, info_of, list_models
from reviewtui.model.errors import EngineError, UsageError
from reviewtui.model.lifecycle import ErrorKind

GROUP = "reviewtui.engines"


@dataclass(frozen=True, slots=True)
class EngineListing:
    """One line of a list of engines.

    Attributes:
        name: as used in commands.
        available: everything that it imports is installed.
        words: what it is, or why it cannot be used.
        remedy: how to get it; empty when available.
        info: what it can do; None for a plug-in, which is asked only when it is loaded.
    """

    name: str
    available: bool
    words: str
    remedy: str
    info: EngineInfo | None


def list_engines() -> list[EngineListing]:
    """All engines: built-in, the user's models, plug-ins by name. Reads metadata and small files, imports nothing."""
    listings = [_built_in_listing(name) for name in BUILT_IN] + _model_listings()
    plugins = {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}
    return listings + [_plugin_listing(plugins[name]) for name in sorted(plugins)]


def get_info(name: str) -> EngineInfo:
    """What an engine can do. Loads a plug-in's module, but not its weights.

    Raises:
        EngineError: kind ``engine_missing``.
    """
    if name.startswith(PREFIX):
        return info_of(get_entry(name))
    return BUILT_IN[name].info if name in BUILT_IN else load_engine(name).info


def load_engine(name: str) -> Engine:
    """A new engine by name; its ``load()`` is not called yet. Blocking: call from an engine's process.

    Raises:
        EngineError: kind ``engine_missing``: no such engine, or something it needs is not installed.
    """
    if name.startswith(PREFIX):
        from reviewtui.engines.diffusers.engine import DiffusersEngine

        return DiffusersEngine(name)
    target = BUILT_IN[name].target if name in BUILT_IN else _plugin_target(name)
    return load_target(name, target)


def load_target(name: str, target: str) -> Engine:
    """The engine at ``module:class``, called without arguments.

    Raises:
        EngineError: kind ``engine_missing``.
    """
    module, _, attribute = target.partition(":")
    try:
        engine: Engine = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"the engine {name} cannot be loaded: {error}", "`reviewtui engines` says how to"
        ) from error
    return engine


def _plugin_target(name: str) -> str:
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point.value
    known = ", ".join(listing.name for listing in list_engines())
    raise EngineError(ErrorKind.ENGINE_MISSING, f"there is no engine '{name}'", f"there are: {known}")


def _built_in_listing(name: str) -> EngineListing:
    entry = BUILT_IN[name]
    missing = [module for module in entry.modules if not _is_installed(module)]
    if missing:
        return EngineListing(name, False, f"not installed: {', '.join(missing)}", entry.remedy, entry.info)
    return EngineListing(name, True, entry.info.words, "", entry.info)


def _model_listings() -> list[EngineListing]:
    """A file that cannot be read is one line of the list, so that the other engines stay usable."""
    try:
        models = list_models()
    except UsageError as error:
        return [EngineListing(PREFIX.rstrip(":"), False, error.message, error.remedy, None)]
    return [EngineListing(one.info.name, one.available, one.words, one.remedy, one.info) for one in models]


def _plugin_listing(point: EntryPoint) -> EngineListing:
    package = point.dist.name if point.dist is not None else point.module
    if _is_installed(point.module.partition(".")[0]):
        return EngineListing(point.name, True, f"a plug-in from {package}", "", None)
    return EngineListing(point.name, False, f"{point.module} is missing", f"reinstall {package}", None)


def _is_installed(module: str) -> bool:
    """Whether a top-level module can be found on the path; nothing is imported."""
    return find_spec(module) is not None
