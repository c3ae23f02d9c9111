"""Real letters in place of drawn ones: a clean plate, then the text set over it, as a chain of two jobs.

A text that was set so can be set anew: on what it was laid on, not on itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.fixing import rgb_of
from reviewtui.model.chains import CHAIN, REPLACES, THEN_TEXT
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lettering import FIT, clean_text
from reviewtui.model.lifecycle import Tier, Verb
from reviewtui.model.masks import MaskSpec, mask_from_data
from reviewtui.services.annotate import NoteRequest, Written, fix_note, send_fix, version_to_fix, write_note
from reviewtui.services.asking import make_request
from reviewtui.services.content import get_content
from reviewtui.services.lookup import find_target
from reviewtui.services.verbs import plan_fix
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import get_asset
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.jobs import JobRequest, get_job
from reviewtui.store.notes import get_mask, get_note
from reviewtui.store.versions import get_version

_MIDDLE_LUMA = 128


@dataclass(frozen=True, slots=True)
class SetText:
    """A text that a note's last job set.

    Attributes:
        words: of ``verbs.WORDS_OF``, as they would be said to set it again.
        plate: number of the version that it was laid on.
        number: of the version that it became; None while it is not there.
        head: number of the version under review.
    """

    words: dict[str, Any]
    plate: int
    number: int | None
    head: int | None

    @property
    def is_head(self) -> bool:
        """Whether nothing was made of it since: only then it can be set anew without losing what came after."""
        return self.number is not None and self.number == self.head


def plate_request(
    workspace: Workspace,
    decoder: Decoder,
    version: Version,
    mask: MaskSpec,
    text: str,
    *,
    words: Mapping[str, Any] | None = None,
    feather_px: int | None = None,
    seed: int | None = None,
) -> JobRequest:
    """A remove of the region that is followed by real letters in its place, as large as fits. Blocking.

    Args:
        version: that it works on.
        mask: what is marked; the letters stand inside its bounds.
        text: the letters.
        words: ``size``, ``color``, ``font``, ``align``, ``anchor`` and ``opacity`` where they were said.

    Raises:
        InputError: the text does not fit, or is none.
        EngineError: nothing here can remove, or set text.
    """
    said = {name: value for name, value in (words or {}).items() if value is not None}
    text, room = clean_text(text), replace(mask, invert=False)
    said.setdefault("size", FIT)
    if "color" not in said:
        said["color"] = _readable(workspace, decoder, version, room.bounds)
    plan = plan_fix(workspace, decoder, version, Verb.OVERLAY, room, {**said, "text": text})
    assert plan.mask is not None
    letters = make_request(workspace, verb=Verb.OVERLAY, candidates=1, params=plan.params)
    then = {"engine": letters.engine, "params": plan.params, "mask": plan.mask.to_data()}
    feather = {} if feather_px is None else {"feather_px": feather_px}
    plate = make_request(workspace, verb=Verb.REMOVE, candidates=1, seed=seed, params=feather)
    return replace(plate, params={**feather, THEN_TEXT: then})


def send_plate(
    workspace: Workspace,
    decoder: Decoder,
    note_id: int,
    text: str,
    *,
    words: Mapping[str, Any] | None = None,
    feather_px: int | None = None,
    seed: int | None = None,
    act_key: str | None = None,
) -> int:
    """Send a clean plate for a note that exists, and real letters on it; the first job's id. Blocking.

    Raises:
        RefusedError: the note has no region, is done, or a fix for it is under way.
        ReviewError: as ``plate_request``; nothing was written.
    """
    with workspace.store.read() as db:
        note = get_note(db, note_id)
        version = version_to_fix(db, note)
    if note.mask is None:
        raise RefusedError(f"note {note_id} has no region", "mark one with d, or give --rect or --preset")
    request = plate_request(workspace, decoder, version, note.mask, text, words=words, feather_px=feather_px, seed=seed)
    return fix_note(workspace, note_id, request, act_key=act_key)


def send_plate_with_note(
    workspace: Workspace,
    decoder: Decoder,
    name: str,
    request: NoteRequest,
    text: str,
    *,
    words: Mapping[str, Any] | None = None,
    feather_px: int | None = None,
    seed: int | None = None,
) -> Written:
    """Write a note with its clean plate and the letters that follow, in one transaction. Blocking.

    Args:
        name: key or ``key@N``.
        request: without its fix, with a region.

    Raises:
        RefusedError: it has no region.
        ReviewError: as ``plate_request`` and ``write_note``; nothing was written.
    """
    if request.mask is None:
        raise RefusedError("a fix needs a region", "mark one with d, or give --rect or --preset")
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
    fix = plate_request(workspace, decoder, version, request.mask, text, words=words, feather_px=feather_px, seed=seed)
    return write_note(workspace, name, replace(request, fix=fix))


def _readable(workspace: Workspace, decoder: Decoder, version: Version, place: PixelRect) -> str:
    """White on what is dark, black on what is light."""
    with workspace.store.read() as db:
        content = get_content(workspace, db, version)
    native = decoder.load_native(content.path, expect_sha256=version.sha256)
    return "white" if float(rgb_of(native, place).mean()) < _MIDDLE_LUMA else "black"


def send_letters(tx: Tx, job: Job, made: Version) -> int | None:
    """Ask for the letters on the plate that a job made; the job's id, None where none follow.

    In the landing's transaction. A note that somebody ended meanwhile, or a place that was locked, has no letters set.
    """
    then = job.params.get(THEN_TEXT)
    if not isinstance(then, dict) or job.note_id is None:
        return None
    mask = mask_from_data(then["mask"])
    if mask.size != made.size:
        return None
    params = {**then["params"], CHAIN: job.params.get(CHAIN, job.id)}
    request = JobRequest(Verb.OVERLAY, str(then["engine"]), Tier.FINAL, params, 0, 1, mask=mask)
    try:
        return send_fix(tx, get_note(tx, job.note_id), made, request)
    except RefusedError:
        return None  # what was locked or closed meanwhile must not keep the plate from landing


# --- set anew


def find_set_text(db: Reader, note_id: int) -> SetText | None:
    """The text that a note's last job set, or None where that was no text."""
    note = get_note(db, note_id)
    job = None if note.job_id is None else get_job(db, note.job_id)
    if job is None or job.verb is not Verb.OVERLAY or "text" not in job.params:
        return None
    params = job.params
    box = get_mask(db, job.mask_id).spec.regions[0]
    words = {
        "text": str(params["text"]),
        "size": str(params["size_px"]),
        "color": str(params["color"]),
        "align": str(params["align"]),
        "anchor": "center",
        "at": f"{box.x + box.width // 2},{box.y + box.height // 2}",
    }
    words |= {name: params[name] for name in ("font", "opacity") if name in params}
    number = job.versions[0] if job.versions else None
    return SetText(words, job.version_number, number, get_asset(db, note.asset_id).head_number)


def send_text_anew(
    workspace: Workspace, decoder: Decoder, note_id: int, words: Mapping[str, Any], *, act_key: str | None = None
) -> int:
    """Set a note's text anew on what it was laid on; the job's id. Blocking.

    The result takes the place of the version with the old letters as the head.

    Args:
        words: of ``verbs.WORDS_OF``; what is not said stays as it was.

    Raises:
        RefusedError: no text was set for that note, other edits lie on it since, or the note is done or being fixed.
        ReviewError: as ``plan_fix``.
    """
    with workspace.store.read() as db:
        found = find_set_text(db, note_id)
        if found is None:
            raise RefusedError(f"no text was set for note {note_id}", "set one: verb overlay")
        if not found.is_head:
            raise RefusedError(
                f"the head is v{found.head}, not v{found.number} with the letters of note {note_id}",
                f"drop them from it: rebase --drop {found.number}; then set the text there",
            )
        note = get_note(db, note_id)
        assert note.job_id is not None
        plate = get_version(db, get_job(db, note.job_id).version_id)
        head_id = get_asset(db, note.asset_id).head_id
    said = {**found.words, **{name: value for name, value in words.items() if value not in (None, "")}}
    plan = plan_fix(workspace, decoder, plate, Verb.OVERLAY, None, said)
    request = make_request(workspace, verb=Verb.OVERLAY, candidates=1, params=plan.params, mask=plan.mask)
    request = replace(request, params={**(request.params or {}), REPLACES: head_id})
    return fix_note(workspace, note_id, request, on=plate, act_key=act_key)
