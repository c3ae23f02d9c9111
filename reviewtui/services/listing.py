"""Lists of any length: assets with the place where their head can be read, and the history from its beginning."""

from collections.abc import Iterator
from dataclasses import dataclass

from reviewtui.model.entities import Asset, Event
from reviewtui.model.query import parse_query
from reviewtui.services.content import absolute_path
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, list_assets
from reviewtui.store.files import load_head_places
from reviewtui.store.history import list_events_after

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """One line of a list.

    Attributes:
        path: absolute; the file on disk, else the store's copy; None when there is neither.
    """

    asset: Asset
    path: str | None


def list_with_places(workspace: Workspace, query: str = "") -> list[ListedAsset]:
    """Every asset that fits a query, by name. Blocking; two questions to the database whatever the number.

    Raises:
        UsageError: the query is not valid.
    """
    terms = parse_query(query)
    with workspace.store.read() as db:
        assets = list_assets(db, Filter(terms, workspace.actor.name))
        places = load_head_places(db)
    return [ListedAsset(asset, _place(workspace, *places[asset.id])) for asset in assets]


def _place(workspace: Workspace, sha256: str | None, path: bytes | None) -> str | None:
    if path is not None:
        return str(absolute_path(workspace, path))
    if sha256 is not None and workspace.blobs.has(sha256):
        return str(workspace.blobs.path_of(sha256))
    return None


def iter_log(workspace: Workspace, name: str | None = None) -> Iterator[Event]:
    """Every event of one asset or of the workspace, oldest first. Blocking.

    Read in pages of a snapshot each, so that a reader who pauses holds nothing open; events only ever join at the end.

    Raises:
        NotFoundError: nothing is called so.
    """
    subject: str | None = None
    if name is not None:
        with workspace.store.read() as db:
            subject = find_target(workspace, db, name).asset.key
    last = 0
    while True:
        with workspace.store.read() as db:
            page = list_events_after(db, last, _PAGE, subject)
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].seq
