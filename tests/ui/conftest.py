"""Workspaces for the desk: made once, copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import Workspace
from tests.support.pictures import texture, with_blemish
from tests.support.reviewed import BLEMISH, add_fix, copy_of, reopen
from tests.support.workspaces import make_workspace


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    """One for all desks: starting its processes takes longer than most tests."""
    with Decoder() as shared:
        yield shared


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory: pytest.TempPathFactory, decoder: Decoder) -> Path:
    """``alley``, ``hero`` (v1, v2), ``lobby``, ``pier`` and ``sub/cat``, registered, nothing said of them yet."""
    clean = texture(96, 72)
    pictures = {
        "alley.png": texture(80, 60, seed=4),
        "hero_v001.png": clean,
        "hero_v002.png": with_blemish(clean, BLEMISH.as_tuple()),
        "lobby.png": texture(96, 72, seed=5),
        "pier.png": texture(64, 48, seed=6),
        "sub/cat.png": texture(64, 48, seed=7),
    }
    workspace = make_workspace(tmp_path_factory.mktemp("plain"), pictures)
    scan(workspace, decoder)
    workspace.close()
    return workspace.paths.root


@pytest.fixture(scope="session")
def fixed_folder(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a fix of ``hero`` v2 that landed as v3 and waits to be verified."""
    folder = copy_of(plain_folder, tmp_path_factory.mktemp("fixed"))
    workspace = reopen(folder)
    add_fix(workspace)
    workspace.close()
    return folder


@pytest.fixture
def plain(plain_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    opened = reopen(copy_of(plain_folder, tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def fixed(fixed_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    opened = reopen(copy_of(fixed_folder, tmp_path))
    yield opened
    opened.close()
