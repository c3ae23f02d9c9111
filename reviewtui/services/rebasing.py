"""Rebase: drop some of several edits in a line and put the others together again from the original's pixels.

Nothing is sampled again. An edit that was made on top of a dropped one is not laid elsewhere, because what it was
blended with would be gone: it is refused in words, or run again as a job of its own, see ``services.rerunning``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.composing import lay, overlap_px, seal
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import rgb_of
from reviewtui.imaging.passes import PassesMap, lay_passes
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect, bounding_rect
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.composing import Bench, Composition, Edit, load_edit, load_layer, read_edit, send_composed
from reviewtui.services.lookup import find_target
from reviewtui.services.passes import load_passes
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.versions import find_proof, find_version, get_version, list_line


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a rebase does.

    Attributes:
        base: the version before the first dropped edit.
        later: versions after it, oldest first, the tip last.
    """

    base: Version
    later: tuple[Version, ...]
    dropped: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What dropping some edits of a line would mean, before anything is asked for.

    Attributes:
        base: the version before the first dropped edit.
        tip: the end of the line.
        dropped: versions whose edit goes.
        lying: edits that lie on what goes, or on one of themselves, with the number of pixels that they share with it.
        apart: edits that can be laid on again as they are.
        boxes: where edits lie that do not come along, dropped and lying ones.
    """

    base: Version
    tip: Version
    dropped: tuple[Version, ...]
    lying: tuple[tuple[Version, int], ...]
    apart: tuple[Version, ...]
    boxes: tuple[PixelRect, ...]


def survey_rebase(workspace: Workspace, decoder: Decoder, name: str, drop: Sequence[int]) -> Survey:
    """Look at what lies on what. Blocking: reads the kept alphas, a few milliseconds each.

    Raises:
        NotFoundError, UsageError, RefusedError, InputError: as ``ask_rebase``.
        DriftError: a kept alpha is gone or altered.
    """
    if not drop:
        raise UsageError("say which edit to drop", "--drop N")
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        tip = target.get_version()
        plan = _plan(db, tip, drop, target.asset.key)
    gone: list[Edit] = []
    lying: list[tuple[Version, int]] = []
    apart: list[Version] = []
    for version in plan.later:
        edit = read_edit(workspace, decoder, version)
        shared = sum(overlap_px(edit.box, edit.alpha, other.box, other.alpha) for other in gone)
        if version in plan.dropped:
            gone.append(edit)
        elif shared:
            gone.append(edit)
            lying.append((version, shared))
        else:
            apart.append(version)
    boxes = tuple(dict.fromkeys(edit.box for edit in gone))
    return Survey(plan.base, tip, plan.dropped, tuple(lying), tuple(apart), boxes)


def ask_rebase(workspace: Workspace, name: str, drop: Sequence[int], *, act_key: str | None = None) -> int:
    """Queue a rebase of the version that a name stands for; the job's id. Blocking.

    Args:
        name: key, ``key@N`` or path; the head when no version is named.
        drop: numbers of versions in its line, itself included.

    Raises:
        NotFoundError: no such asset or version.
        UsageError: nothing to drop, or a version that is not in the line.
        RefusedError: an edit that no job made.
        InputError: an edit that changed the picture's size.
    """
    if not drop:
        raise UsageError("say which edit to drop", "--drop N")
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        tip = target.get_version()
        plan = _plan(db, tip, drop, target.asset.key)
        boxes = [proof.box for version in plan.dropped if (proof := find_proof(db, version.id)) is not None]
    numbers = ", ".join(f"v{version.number}" for version in plan.dropped)
    spec = MaskSpec(tip.size, tuple(dict.fromkeys(boxes)), feather_px=0)
    params = {"drop": sorted(version.number for version in plan.dropped)}
    words = f"rebase of {target.asset.key} v{tip.number} without {numbers}"
    return send_composed(workspace, tip, Verb.REBASE, spec, params, words=words, act_key=act_key)


def _plan(db: Reader, tip: Version, drop: Sequence[int], key: str) -> _Plan:
    line = [get_version(db, version_id) for version_id in list_line(db, tip.id)]
    by_number = {version.number: version for version in line}
    for number in drop:
        if number not in by_number:
            if find_version(db, tip.asset_id, number) is None:
                raise NotFoundError(f"{key} has no version {number}")
            numbers = ", ".join(f"v{version.number}" for version in reversed(line[:-1]))
            raise UsageError(
                f"v{tip.number} was not made from v{number}", f"it has the edits {numbers}" if numbers else "no edits"
            )
    first = max(line.index(by_number[number]) for number in drop)
    later = tuple(reversed(line[: first + 1]))
    for version in later:
        if find_proof(db, version.id) is None:
            raise RefusedError(
                f"v{version.number} was not made by a job: its pixels were not kept apart",
                f"only edits after v{version.number} can be dropped",
            )
    base = get_version(db, later[0].parent_id or 0)
    for version in (base, *later):
        if version.size != tip.size:
            raise InputError(f"v{version.number} has {version.size}, v{tip.number} has {tip.size}: another canvas")
    return _Plan(base, later, tuple(by_number[number] for number in sorted(set(drop))))


def compose_rebase(bench: Bench) -> Composition:
    """The pixels of a rebase; see ``services.composers``.

    Raises:
        RefusedError: a kept edit lies on a dropped one.
        EngineError: kind ``lock_broken``: what would come back is locked.
        InputError: versions of other sizes or channels.
    """
    drop = [int(number) for number in bench.job.params["drop"]]
    again = [int(number) for number in bench.job.params.get("again", ())]
    with bench.workspace.store.read() as db:
        plan = _plan(db, bench.base, [*drop, *again], bench.job.asset_key)
    edits = [load_edit(bench, version) for version in plan.later]
    dropped = [edit for edit in edits if edit.version.number in (*drop, *again)]
    kept = [edit for edit in edits if edit.version.number not in (*drop, *again)]
    for edit in kept:
        _check_apart(edit, [other for other in dropped if other.version.id < edit.version.id])
    pixels = bench.load(plan.base).pixels.copy()
    passes = load_passes(bench.workspace, bench.decoder, plan.base)
    for edit in kept:
        lay(pixels, load_layer(bench, edit), has_alpha=bench.native.has_alpha)
        passes = _with_passes_of(bench, passes, edit)
    box, alpha = _united(dropped)
    result = NativePicture(pixels, bench.native.mode)
    fix = seal(bench.native, pixels, box, rgb_of(result, box), alpha, edge_px=0, locks=bench.locks)
    gone = tuple(version for version in plan.dropped if version.number in drop)
    params = {"drop": drop, **({"again": again} if again else {})}
    return Composition(fix, passes, _others(bench.base, plan.base), params, dropped=gone)


def _check_apart(edit: Edit, dropped: Sequence[Edit]) -> None:
    for other in dropped:
        shared = overlap_px(edit.box, edit.alpha, other.box, other.alpha)
        if shared:
            lower, upper = other.version.number, edit.version.number
            raise RefusedError(
                f"v{upper} was laid on v{lower}, {shared} px of it, and would have nothing below it",
                f"drop v{upper} as well, or have it run again on what is left: rebase --again",
            )


def _with_passes_of(bench: Bench, passes: PassesMap | None, edit: Edit) -> PassesMap | None:
    lent = load_passes(bench.workspace, bench.decoder, edit.version)
    # Whatever it was blended with counted already when its own map was made.
    covers = np.where(edit.alpha > 0, np.uint8(255), np.uint8(0))
    return lay_passes(passes, lent, bench.base.size, edit.box, covers)


def _united(edits: Sequence[Edit]) -> tuple[PixelRect, NDArray[np.uint8]]:
    """Box and alpha of everything that may come back: 255 wherever a dropped edit had laid anything on."""
    box = bounding_rect([edit.box for edit in edits])
    assert box is not None
    alpha = np.zeros((box.height, box.width), dtype=np.uint8)
    for edit in edits:
        y, x = edit.box.y - box.y, edit.box.x - box.x
        alpha[y : y + edit.box.height, x : x + edit.box.width][edit.alpha > 0] = 255
    return box, alpha


def _others(tip: Version, *versions: Version) -> tuple[Version, ...]:
    return tuple(version for version in versions if version.id != tip.id)
