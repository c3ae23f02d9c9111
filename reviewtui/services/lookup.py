"""From what a person types to records: ``key``, ``key@N`` or a file's path become an asset and a version."""

import os
from dataclasses import dataclass
from pathlib import Path

from reviewtui.model.entities import Asset, Version
from reviewtui.model.errors import NotFoundError, UsageError
from reviewtui.model.text import display_path
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter as AssetFilter
from reviewtui.store.assets import find_asset, get_asset, list_assets
from reviewtui.store.connection import Reader
from reviewtui.store.files import find_file
from reviewtui.store.versions import find_version, get_version


@dataclass(frozen=True, slots=True)
class Target:
    """What was named.

    Attributes:
        version: the one that was named, else the head; None while the asset is only found.
        explicit: whether a version was named.
    """

    asset: Asset
    version: Version | None
    explicit: bool

    def get_version(self) -> Version:
        """The version.

        Raises:
            NotFoundError: the asset has none yet.
        """
        if self.version is None:
            raise NotFoundError(f"{self.asset.key} has no version yet", "scan the folder first: reviewtui scan FOLDER")
        return self.version


def find_target(workspace: Workspace, db: Reader, name: str) -> Target:
    """The asset and version that a name stands for.

    Args:
        name: a key, ``key@N``, or the path of a file inside the workspace.

    Raises:
        NotFoundError: nothing is called so; close names are suggested.
        UsageError: the version number is no number.
    """
    # Keys are text; the path of a file need not be.
    text = name if name.isascii() or _is_text(name) else ""
    asset = find_asset(db, text)
    if asset is not None:
        return Target(asset, _head(db, asset), explicit=False)
    key, at, number = text.rpartition("@")
    if at and key and (asset := find_asset(db, key)) is not None:
        return Target(asset, _numbered(db, asset, number), explicit=True)
    by_path = _by_path(workspace, db, name)
    if by_path is not None:
        return by_path
    raise NotFoundError(f"there is no asset {name}", _suggestion(db, key or name))


def _is_text(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _head(db: Reader, asset: Asset) -> Version | None:
    return None if asset.head_id is None else get_version(db, asset.head_id)


def _numbered(db: Reader, asset: Asset, text: str) -> Version:
    number = text.removeprefix("v")
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise UsageError(f"'{text}' is no version number", f"such as {asset.key}@1")
    version = find_version(db, asset.id, int(number))
    if version is None:
        raise NotFoundError(f"{asset.key} has no version {int(number)}", f"it has {asset.versions}")
    return version


def _by_path(workspace: Workspace, db: Reader, name: str) -> Target | None:
    path = Path(name)
    for candidate in (path, workspace.paths.root / path):
        try:
            relative = Path(os.path.abspath(candidate)).relative_to(workspace.paths.root)  # noqa: PTH100 - keeps links
        except ValueError:
            continue
        file = find_file(db, os.fsencode(relative))
        if file is not None and file.asset_id is not None:
            version = None if file.version_id is None else get_version(db, file.version_id)
            asset = get_asset(db, file.asset_id if version is None else version.asset_id)
            return Target(asset, version, explicit=version is not None)
        if file is not None and file.reason:
            raise NotFoundError(f"{display_path(file.path)} is set aside: {file.reason}")
    return None


def _suggestion(db: Reader, name: str) -> str:
    from difflib import get_close_matches

    keys = [asset.key for asset in list_assets(db, AssetFilter())[:5000]]
    if not keys:
        return "nothing is registered yet: reviewtui scan FOLDER"
    close = get_close_matches(name, keys, n=3, cutoff=0.5) or [key for key in keys if name.lower() in key.lower()][:3]
    return f"did you mean {' or '.join(close)}?" if close else "reviewtui ls FOLDER lists what is there"
