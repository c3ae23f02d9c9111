"""An open workspace: what every service needs, put together once by the composition root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewtui.model.clock import Clock, SystemClock
from reviewtui.model.entities import Actor
from reviewtui.model.errors import RefusedError, UsageError
from reviewtui.settings.paths import WorkspacePaths, workspace_paths
from reviewtui.settings.settings import Settings, load_settings, user_settings_file
from reviewtui.store.blobs import BlobStore
from reviewtui.store.connection import Store
from reviewtui.store.decisions import current_policy
from reviewtui.store.opening import open_store

SYSTEM = Actor("reviewtui", "reviewtui")


@dataclass(slots=True)
class Workspace:
    """One open workspace. Any thread.

    Attributes:
        actor: the person at the keys; the background worker acts as ``SYSTEM``.
    """

    paths: WorkspacePaths
    store: Store
    blobs: BlobStore
    settings: Settings
    actor: Actor
    clock: Clock

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def login_name() -> str:
    """Login of the process, from the operating system and not from the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"


def make_actor(claimed: str | None = None) -> Actor:
    """Who acts: the login, or another name that ``--as`` claims.

    Raises:
        UsageError: the claimed name is empty, too long, or has control characters.
    """
    login = login_name()
    if claimed is None:
        return Actor(login, login)
    name = claimed.strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise UsageError(f"'{claimed[:80]}' is no name for a reviewer", "use up to 64 printable characters")
    if name == SYSTEM.name:
        raise UsageError(f"'{name}' is the name of the program itself", "use another one")
    return Actor(name, login)


def open_workspace(
    folder: str | Path,
    *,
    state: str | Path | None = None,
    claimed: str | None = None,
    read_only: bool = False,
    flags: dict[str, Any] | None = None,
    clock: Clock | None = None,
) -> Workspace:
    """Open a folder; its state is created when there is none. Blocking.

    Args:
        state: folder for the state instead of ``FOLDER/.reviewtui``.
        claimed: name given with ``--as``.
        flags: settings given on the command line.

    Raises:
        NotFoundError: no such folder.
        RefusedError: the folder may not be read, or the policy does not allow ``--as``.
        StoreError: the state cannot be used.
        UsageError: a setting or the claimed name is not valid.
    """
    paths = workspace_paths(folder, state)
    actor = make_actor(claimed)
    settings = load_settings([user_settings_file(), paths.settings_file], flags=flags)
    store = open_store(paths, clock=clock, read_only=read_only)
    if actor.claimed:
        with store.read() as db:
            allowed = current_policy(db).allow_as
        if not allowed:
            store.close()
            raise RefusedError("the policy of this workspace does not allow --as", f"act as {actor.login}")
    return Workspace(paths, store, BlobStore(paths.blobs, paths.temporary), settings, actor, clock or SystemClock())
