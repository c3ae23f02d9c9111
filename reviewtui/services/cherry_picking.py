"""Cherry-pick: lay the edit that made one version on another one. Nothing is sampled; the result has two parents."""

import numpy as np

from reviewtui.imaging.composing import Layer, lay, seal
from reviewtui.imaging.locks import locked_in
from reviewtui.imaging.passes import lay_passes
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.lifecycle import Verb
from reviewtui.services.composing import Bench, Composition, load_edit, load_layer, send_composed
from reviewtui.services.locks import check_not_locked
from reviewtui.services.lookup import find_target
from reviewtui.services.passes import load_passes
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import get_mask
from reviewtui.store.versions import find_proof, find_version, get_version, lineage_params, list_line


def ask_cherry_pick(workspace: Workspace, name: str, onto: int, *, act_key: str | None = None) -> int:
    """Queue a cherry-pick of the edit that made a version; the job's id. Blocking.

    Args:
        name: ``key@N``, or a key for the head's edit.
        onto: number of the version of the same asset that it is laid on.

    Raises:
        NotFoundError: no such asset or version.
        UsageError: the edit is in that version already.
        RefusedError: no job made it, or its region is locked there.
        InputError: the two have other sizes.
    """
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        picked, key = target.get_version(), target.asset.key
        base = find_version(db, target.asset.id, onto)
        if base is None:
            raise NotFoundError(f"{key} has no version {onto}", f"it has {target.asset.versions}")
        proof = find_proof(db, picked.id)
        if proof is None:
            raise RefusedError(f"v{picked.number} was not made by a job: its pixels were not kept apart")
        if _has_edit(db, base, picked):
            raise UsageError(f"v{base.number} has the edit of v{picked.number} already")
        if picked.size != base.size:
            raise InputError(f"v{picked.number} has {picked.size}, v{base.number} has {base.size}")
        spec = get_mask(db, get_job(db, proof.job_id).mask_id).spec
        check_not_locked(db, base, spec)
    words = f"cherry-pick of {key} v{picked.number} onto v{base.number}"
    params = {"picked": picked.number}
    return send_composed(workspace, base, Verb.CHERRY_PICK, spec, params, words=words, act_key=act_key)


def _has_edit(db: Reader, base: Version, picked: Version) -> bool:
    """Whether a version descends from an edit and no rebase has dropped it since."""
    line = list_line(db, base.id)
    if picked.id not in line:
        return False
    since = [get_version(db, version_id) for version_id in line[: line.index(picked.id)]]
    return not any(version.op == Verb.REBASE and picked.number in _gone(db, version) for version in since)


def _gone(db: Reader, rebased: Version) -> tuple[int, ...]:
    """Numbers of the versions whose edit is not in a rebased one."""
    params = lineage_params(db, rebased.id)[1]
    return (*params.get("drop", ()), *params.get("again", ()))


def compose_cherry_pick(bench: Bench) -> Composition:
    """The pixels of a cherry-pick; see ``services.composers``.

    Raises:
        RefusedError: no job made the picked version.
        InputError: versions of other sizes or channels, or nothing that is not locked.
        EngineError: kind ``lock_broken``: a promise was not kept.
    """
    number = int(bench.job.params["picked"])
    with bench.workspace.store.read() as db:
        picked = find_version(db, bench.base.asset_id, number)
        if picked is None:
            raise NotFoundError(f"there is no version {number}")
    edit = load_edit(bench, picked)
    layer = load_layer(bench, edit)
    if bench.locks:
        alpha = np.where(locked_in(bench.locks, layer.box), np.uint8(0), layer.alpha)
        if not alpha.any():
            raise InputError(f"all of v{number}'s edit is locked in v{bench.base.number}", "lift the lock first")
        layer = Layer(layer.box, layer.new, layer.patch, alpha)
    pixels = bench.native.pixels.copy()
    lay(pixels, layer, has_alpha=bench.native.has_alpha)
    fix = seal(bench.native, pixels, layer.box, layer.patch, layer.alpha, edge_px=edit.proof.edge_px, locks=bench.locks)
    passes = lay_passes(
        load_passes(bench.workspace, bench.decoder, bench.base),
        load_passes(bench.workspace, bench.decoder, picked),
        bench.base.size,
        layer.box,
        layer.alpha,
    )
    return Composition(fix, passes, (picked,), {"picked": number})
