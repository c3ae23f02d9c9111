"""The composition root: opens what a command needs, and closes it again."""

import logging
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reviewtui.services.workspace import Workspace, open_workspace
from reviewtui.settings.paths import workspace_paths

if TYPE_CHECKING:
    from reviewtui.imaging.decoding import Decoder


@contextmanager
def opened(
    args: Namespace, *, reading: bool = False, read_only: bool = False, flags: dict[str, Any] | None = None
) -> Iterator[Workspace]:
    """The workspace that a command names. Blocking.

    Args:
        reading: the command only looks, so that a workspace on a mount that cannot be written will do.
        read_only: never write, whatever the rights are.
        flags: settings given on the command line.

    Raises:
        ReviewError: as ``open_workspace``.
    """
    # Libraries must not narrate on the terminal by themselves.
    logging.getLogger("reviewtui").addHandler(logging.NullHandler())
    workspace = open_workspace(
        args.folder,
        state=args.state,
        claimed=getattr(args, "as"),
        read_only=read_only or (reading and _cannot_be_written(args)),
        flags=flags,
    )
    try:
        yield workspace
    finally:
        workspace.close()


def _cannot_be_written(args: Namespace) -> bool:
    paths = workspace_paths(args.folder, args.state)
    return paths.database.exists() and not (os.access(paths.state, os.W_OK) and os.access(paths.database, os.W_OK))


@contextmanager
def decoding(workspace: Workspace) -> "Iterator[Decoder]":
    """A decoder with the workspace's limits."""
    from reviewtui.imaging.decoding import Decoder

    settings = workspace.settings
    with Decoder(
        timeout_s=settings.limits_decode_s,
        memory_bytes=settings.limits_memory_bytes,
        max_pixels=settings.limits_pixels,
    ) as decoder:
        yield decoder
