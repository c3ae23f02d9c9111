"""The beginning of the queue, read before anything else: what a reviewer sees first must not wait for counts."""

from reviewtui.model.entities import Asset
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, list_assets


def load_first_page(workspace: Workspace, most: int) -> list[Asset]:
    """The first assets by name. Blocking: some milliseconds, however many there are."""
    with workspace.store.read() as db:
        return list_assets(db, Filter(), most)
