"""What the fix sheet needs before it opens, and sending what it says. One call each, for a thread."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.registry import list_engines
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.suggestions import Suggestion
from reviewtui.services.annotate import NoteRequest, Written, write_note
from reviewtui.services.asking import make_requests
from reviewtui.services.chaining import fix_notes
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
    """

    engines: dict[str, EngineInfo]
    preferred: str
    candidates: int
    suggestion: Suggestion


def load_sheet(workspace: Workspace, flaw: Flaw) -> SheetFacts:
    """What can be chosen, and what is suggested for a flaw. Blocking."""
    engines = {one.name: one.info for one in list_engines() if one.available and one.info is not None}
    settings = workspace.settings
    return SheetFacts(engines, settings.fix_engine, settings.fix_candidates, suggest(workspace, flaw))


def send_for_notes(
    workspace: Workspace, note_ids: Sequence[int], asked: dict[str, Any], *, act_key: str | None = None
) -> int:
    """Send the fix of a note, or of several one after the other; the first job's id. Blocking.

    Args:
        asked: arguments of ``asking.make_requests``.

    Raises:
        ReviewError: as ``make_requests``, ``fix_note`` and ``fix_notes``.
    """
    first, *more = make_requests(workspace, **asked)
    return fix_notes(workspace, note_ids, first, more=tuple(more), act_key=act_key)


def send_with_note(workspace: Workspace, name: str, request: NoteRequest, asked: dict[str, Any]) -> Written:
    """Write a note and send its fix in one transaction. Blocking.

    Args:
        name: key or ``key@N``.
        request: without its fix.
        asked: arguments of ``asking.make_requests``.

    Raises:
        ReviewError: as ``make_requests`` and ``write_note``.
    """
    first, *more = make_requests(workspace, **asked)
    return write_note(workspace, name, replace(request, fix=first, more_fixes=tuple(more)))
