"""A fix as the sheet says it, of any verb: planned, looked ahead at, sent. One call each, for a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect, bounding_rect
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, Written, version_to_fix, write_note
from reviewtui.services.asking import make_requests
from reviewtui.services.chaining import fix_notes
from reviewtui.services.estimating import Estimate, estimate
from reviewtui.services.lookup import find_target
from reviewtui.services.verbs import plan_fix
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from reviewtui.store.notes import get_note

_AS_MARKED = frozenset({Verb.REMOVE, Verb.FIX, Verb.RESTYLE})
#: Verbs that work on the whole frame, whatever is marked.
WHOLE_VERBS = frozenset({Verb.OUTPAINT, Verb.UPSCALE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sheet says.

    Attributes:
        asked: arguments of ``asking.make_requests``.
        words: of the verb, see ``verbs.WORDS_OF``.
        around_subject: a background is redone around what a detector takes for the subject, not around what is marked.
    """

    asked: Mapping[str, Any]
    words: Mapping[str, Any] = field(default_factory=dict)
    around_subject: bool = False

    @property
    def verb(self) -> Verb:
        """What the fix does."""
        return Verb(self.asked["verb"])


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a fix before it is sent.

    Attributes:
        estimate: pixels, time, cost.
        words: what the verb will do with this picture; empty where the region says it all.
        place: where the letters will stand, or what is kept; None where there is no such place.
    """

    estimate: Estimate
    words: str = ""
    place: PixelRect | None = None


def look_ahead(
    workspace: Workspace, decoder: Decoder, version: Version, mask: MaskSpec, wanted: Wanted, info: EngineInfo
) -> Outlook:
    """What a fix would take. Blocking: one query, and for some verbs a font, a picture or a detector.

    Args:
        info: of the engine that is asked for.

    Raises:
        ReviewError: it cannot be done with this picture; says why.
    """
    (request, *_), words = plan_requests(workspace, decoder, version, mask, wanted)
    region = request.mask or mask
    if info.scales:
        frame = region.size.area_px / 1e6
        return Outlook(Estimate(0.0, frame, 1.0, 0, None, None, None, 0), words)
    return Outlook(estimate(workspace, region, request, info), words, _place(wanted.verb, request.mask))


def plan_requests(
    workspace: Workspace, decoder: Decoder, version: Version, mask: MaskSpec, wanted: Wanted
) -> tuple[tuple[JobRequest, ...], str]:
    """The checked requests of what a sheet says, and what they will do in words. Blocking.

    Args:
        version: that they work on.
        mask: what is marked; it stays the note's, whatever the verb makes of it.

    Raises:
        ReviewError: as ``plan_fix`` and ``make_requests``.
    """
    verb = wanted.verb
    if verb in _AS_MARKED:
        return make_requests(workspace, **wanted.asked), ""
    marked = None if verb in WHOLE_VERBS or (verb is Verb.BACKGROUND and wanted.around_subject) else mask
    said = {**wanted.asked.get("params", {}), **wanted.words}
    plan = plan_fix(workspace, decoder, version, verb, marked, said)
    own = plan.job_mask or (plan.mask if plan.mask != mask else None)
    requests = make_requests(workspace, **{**wanted.asked, "params": plan.params, "mask": own})
    return requests, _words(verb, plan.words, own)


def _words(verb: Verb, words: str, own: MaskSpec | None) -> str:
    place = _place(verb, own)
    if place is not None:
        what = "the letters take" if verb is Verb.OVERLAY else "kept:"
        return f"{what} {place.size} px at {place.x},{place.y}"
    return words if verb is Verb.RECOLOR or own is not None else ""


def _place(verb: Verb, own: MaskSpec | None) -> PixelRect | None:
    """Where the letters stand, or what is kept of a picture whose background is redone."""
    if own is None or verb not in (Verb.OVERLAY, Verb.BACKGROUND):
        return None
    return bounding_rect(own.regions)


def version_of_target(workspace: Workspace, name: str, note_ids: Sequence[int]) -> Version:
    """The version that a fix of notes, or of something drawn on a named one, works on. Blocking.

    Raises:
        NotFoundError: no such version or note.
    """
    with workspace.store.read() as db:
        if note_ids:
            return version_to_fix(db, get_note(db, note_ids[0]))
        return find_target(workspace, db, name).get_version()


def send_wanted(
    workspace: Workspace,
    decoder: Decoder,
    note_ids: Sequence[int],
    wanted: Wanted,
    *,
    act_key: str | None = None,
) -> int:
    """Send the fix of a note, or of several one after the other; the first job's id. Blocking.

    Raises:
        ReviewError: as ``plan_requests``, ``fix_note`` and ``fix_notes``; nothing was written.
    """
    version = version_of_target(workspace, "", note_ids)
    with workspace.store.read() as db:
        mask = get_note(db, note_ids[0]).mask
    first, *more = _requests(workspace, decoder, version, mask, wanted)
    return fix_notes(workspace, note_ids, first, more=tuple(more), act_key=act_key)


def _requests(
    workspace: Workspace, decoder: Decoder, version: Version, mask: MaskSpec | None, wanted: Wanted
) -> tuple[JobRequest, ...]:
    """A note without a region is refused by whoever writes the job."""
    if mask is None or wanted.verb in _AS_MARKED:
        return make_requests(workspace, **wanted.asked)
    return plan_requests(workspace, decoder, version, mask, wanted)[0]


def send_wanted_with_note(
    workspace: Workspace, decoder: Decoder, name: str, request: NoteRequest, wanted: Wanted
) -> Written:
    """Write a note and send its fix in one transaction. Blocking.

    Args:
        name: key or ``key@N``.
        request: without its fix; what is marked stays its region.

    Raises:
        ReviewError: as ``plan_requests`` and ``write_note``; nothing was written.
    """
    version = version_of_target(workspace, name, ())
    first, *more = _requests(workspace, decoder, version, request.mask, wanted)
    return write_note(workspace, name, replace(request, fix=first, more_fixes=tuple(more)))
