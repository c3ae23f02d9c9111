"""Send a fix of any verb: plan it, check it, write it with its note. What the desk and the shell both call."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Tier, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.strengths import parse_strength
from reviewtui.services.annotate import NoteRequest, Written, fix_note, write_note
from reviewtui.services.asking import make_request
from reviewtui.services.lookup import find_target
from reviewtui.services.verbs import WORDS_OF, plan_fix
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from reviewtui.store.notes import get_note

_FLOATS = {"amount", "exposure", "contrast", "saturation", "temperature", "tint", "opacity", "guidance"}
_INTEGERS = {"factor", "seed", "candidates", "feather", "steps"}
_FOR_ALL = (
    "engine",
    "tier",
    "seed",
    "candidates",
    "feather",
    "prompt",
    "negative_prompt",
    "strength",
    "steps",
    "guidance",
)
# What a word without a name stands for.
_FIRST = {Verb.OUTPAINT: "ratio", Verb.UPSCALE: "factor", Verb.RECOLOR: "to", Verb.OVERLAY: "text"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A fix as a person asks for it.

    Attributes:
        asked: words of ``services.verbs.WORDS_OF`` and parameters of an engine; None is 'not said'.
        engine: None takes one that can.
        candidates: None takes the number of the settings.
        seed: None draws one.
    """

    verb: Verb = Verb.REMOVE
    asked: Mapping[str, Any] = field(default_factory=dict)
    engine: str | None = None
    tier: Tier = Tier.FINAL
    candidates: int | None = None
    seed: int | None = None


def send_wish(workspace: Workspace, decoder: Decoder, name: str, wish: Wish, note: NoteRequest) -> Written:
    """Write a note on a version with the fix that it asks for, in one transaction. Blocking; call from a thread.

    Args:
        name: key, ``key@N`` or path; the head when no version is named.
        note: its mask is what was marked; without words it says what the verb does.

    Raises:
        ReviewError: as ``plan_fix``, ``make_request`` and ``write_note``; nothing was written.
    """
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
    plan = plan_fix(workspace, decoder, version, wish.verb, note.mask, wish.asked)
    fix = _request(workspace, wish, plan.params, plan.job_mask)
    return write_note(workspace, name, replace(note, text=note.text.strip() or plan.words, mask=plan.mask, fix=fix))


def send_wish_of_note(
    workspace: Workspace, decoder: Decoder, name: str, note_id: int, wish: Wish, *, act_key: str | None = None
) -> int:
    """Send a fix for a note that exists, on its region; the job's id. Blocking; call from a thread.

    Args:
        name: the version that the fix is about.

    Raises:
        ReviewError: as ``plan_fix``, ``make_request`` and ``fix_note``; nothing was written.
    """
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
        mask = get_note(db, note_id).mask
    plan = plan_fix(workspace, decoder, version, wish.verb, mask, wish.asked)
    own = plan.job_mask or (plan.mask if plan.mask != mask else None)
    return fix_note(workspace, note_id, _request(workspace, wish, plan.params, own), act_key=act_key)


def _request(workspace: Workspace, wish: Wish, params: dict[str, Any], mask: MaskSpec | None) -> JobRequest:
    return make_request(
        workspace,
        verb=wish.verb,
        engine=wish.engine,
        tier=wish.tier,
        candidates=wish.candidates,
        seed=wish.seed,
        params=params,
        mask=mask,
    )


def parse_wish(verb: Verb, text: str) -> Wish:
    """A wish from what is typed at the desk: ``to=#3366aa exposure=0.3``, ``16:9 anchor=left``, ``'NEW' size=6%``.

    Raises:
        UsageError: an unknown word, or a value that is none.
    """
    known = (*WORDS_OF.get(verb, ()), *_FOR_ALL)
    asked: dict[str, Any] = {}
    for word in _split(text):
        name, is_named, value = word.partition("=")
        name = name.replace("-", "_")
        if not is_named or name not in known:
            if is_named and name.isidentifier():
                raise UsageError(f"{verb} knows no {name[:40]}", ", ".join(word.replace("_", "-") for word in known))
            name, value = _FIRST.get(verb, "prompt"), word
            value = f"{asked[name]} {value}" if name in asked else value
        asked[name] = _value(name, value)
    asked["feather_px"] = asked.pop("feather", None)
    own = {name: asked.pop(name, None) for name in ("engine", "candidates", "seed")}
    tier = asked.pop("tier", Tier.FINAL)
    return Wish(verb, asked, own["engine"], tier, own["candidates"], own["seed"])


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"a quotation mark is missing: {text[:80]}") from error


def _value(name: str, value: str) -> Any:
    try:
        if name in _FLOATS:
            return float(value)
        if name in _INTEGERS:
            return int(value)
        if name == "strength":
            return parse_strength(value)
        return Tier(value) if name == "tier" else value
    except ValueError as error:
        raise UsageError(f"{name.replace('_', '-')} cannot be '{value[:40]}'", "a number is needed") from error
