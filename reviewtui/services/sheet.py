"""What the fix sheet needs before it opens; sending what it says is in ``services.wanted``."""

from dataclasses import dataclass

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.registry import list_engines
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.suggestions import Suggestion
from reviewtui.services.real_text import SetText, find_set_text
from reviewtui.services.suggesting import suggest
from reviewtui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What can be chosen here.

    Attributes:
        engines: those that are usable and say what they can do, by name.
        preferred: of the setting ``fix.engine``.
        candidates: of the setting ``fix.candidates``.
        suggestion: for the flaw.
        set_text: the letters that the note's last job set, which can be set anew.
    """

    engines: dict[str, EngineInfo]
    preferred: str
    candidates: int
    suggestion: Suggestion
    set_text: SetText | None = None


def load_sheet(workspace: Workspace, flaw: Flaw, note_id: int | None = None) -> SheetFacts:
    """What can be chosen, and what is suggested for a flaw. Blocking.

    Args:
        note_id: of the only note that is to be fixed; None for several, or for none yet.
    """
    engines = {one.name: one.info for one in list_engines() if one.available and one.info is not None}
    settings = workspace.settings
    set_text = None
    if note_id is not None:
        with workspace.store.read() as db:
            found = find_set_text(db, note_id)
            set_text = found if found is not None and found.is_head else None
    return SheetFacts(engines, settings.fix_engine, settings.fix_candidates, suggest(workspace, flaw), set_text)
