"""Check one fix against its proof, from the kept bytes alone: what changed outside, and whether the figures are true.

Only reads. Trusts neither the proof nor the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.registry import get_info
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.extending import scaling_drift
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import PreparedRun, figures_of
from reviewtui.imaging.masks import dilate, rasterise
from reviewtui.imaging.metrics import outside_changed
from reviewtui.imaging.proof import DEFINITIONS, FIGURES
from reviewtui.model.entities import Job, Proof, Version
from reviewtui.model.errors import EngineError
from reviewtui.model.frames import Frame, frame_from_params
from reviewtui.model.lifecycle import COMPOSED_VERBS
from reviewtui.model.masks import MaskSpec
from reviewtui.services.content import get_content
from reviewtui.services.fixing import in_frame, locks_in, prepare_run
from reviewtui.services.locks import load_locks, specs_on
from reviewtui.services.raster_masks import find_raster
from reviewtui.services.remeasure import (
    answer_difference,
    beside_difference,
    composed_difference,
    measured_locks,
    passes_difference,
    paste_difference,
)
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import get_mask
from reviewtui.store.versions import get_version, registered_seq

# Another processor rounds the last digits of a sum otherwise.
_TOLERANCE, _SHARE = 0.005, 0.01


@dataclass(frozen=True, slots=True)
class CheckedFix:
    """What was found.

    Attributes:
        difference: what is wrong, in words; None when all holds.
        measured: whether the figures could be recomputed: the engine is known here, the masks come out the same, and
            the proof used today's definitions.
    """

    difference: str | None
    measured: bool = False


def check_fix(workspace: Workspace, decoder: Decoder, proof: Proof) -> CheckedFix:
    """Compare a fix with its parent and its proof. Blocking: decodes both and the alpha.

    Raises:
        ReviewError: something that it needs is gone or cannot be read.
    """
    with workspace.store.read() as db:
        child = get_version(db, proof.version_id)
        if child.parent_id is None:
            return CheckedFix("its parent is not recorded")
        parent = get_version(db, child.parent_id)
        job = get_job(db, proof.job_id)
        spec = get_mask(db, job.mask_id).spec
        places = [get_content(workspace, db, version).path for version in (parent, child)]
    frame = frame_from_params(job.params)
    base = in_frame(decoder.load_native(places[0], expect_sha256=parent.sha256), frame)
    result = decoder.load_native(places[1], expect_sha256=child.sha256)
    if frame is not None and frame.factor != 1:
        return CheckedFix(_scaling_difference(base, result, frame, proof), measured=True)
    alpha = decoder.load_native(workspace.blobs.path_of(proof.alpha_sha256), expect_sha256=proof.alpha_sha256).pixels
    raster = find_raster(workspace, decoder, spec)
    weights = alpha.astype(np.uint8)
    difference = _outside_difference(base, result, weights, spec, raster, proof) or beside_difference(base, result)
    if difference is not None:
        return CheckedFix(difference)
    measured: dict[str, Any] = {"outside_changed_px": 0, "outside_max_delta": 0}
    measured["locks_ok"] = measured_locks(workspace, decoder, base, result, parent, child, frame)
    if job.verb in COMPOSED_VERBS:
        difference, figures = composed_difference(workspace, decoder, job, child, result, proof)
        return CheckedFix(difference or _untrue(proof.metrics, {**figures, **measured}), True)
    kept = workspace.blobs.path_of(proof.patch_sha256)
    patch = decoder.load_native(kept, expect_sha256=proof.patch_sha256).pixels
    difference = paste_difference(base, result, patch, weights, proof) or passes_difference(
        workspace, decoder, parent, child, proof, weights
    )
    prepared = _prepared(workspace, decoder, base, weights, spec, raster, job, parent, child, proof)
    if difference is None and prepared is not None:
        raw = None if proof.raw_sha256 is None else _read(workspace, decoder, proof.raw_sha256)
        seed = job.seed + (child.candidate or 0)
        difference, colors = answer_difference(prepared, patch, raw, seed)
        measured |= {**figures_of(result, prepared), **colors}
    return CheckedFix(difference or _untrue(proof.metrics, measured), prepared is not None)


def _read(workspace: Workspace, decoder: Decoder, sha256: str) -> Any:
    """A blob beside a version: uint8, or uint16 for a patch in a deep picture's own samples."""
    return decoder.load_native(workspace.blobs.path_of(sha256), expect_sha256=sha256).pixels


def _scaling_difference(base: NativePicture, result: NativePicture, frame: Frame, proof: Proof) -> str | None:
    """None if the child has its frame's size and shows, reduced again, what its parent shows."""
    if result.size != frame.size or result.mode != base.mode:
        return f"it has {result.size} px of {result.mode}, its job was to make {frame.size} px of {base.mode}"
    drift = round(scaling_drift(base.pixels, result.pixels, frame.factor), 3)
    return _untrue(proof.metrics, {"reduced_error": drift})


def _outside_difference(
    base: NativePicture,
    result: NativePicture,
    alpha: NDArray[np.uint8],
    spec: MaskSpec,
    raster: NDArray[np.uint8] | None,
    proof: Proof,
) -> str | None:
    """None if the paste stays within the mask and its edge, and nothing else differs."""
    box = proof.box
    if result.size != base.size or result.mode != base.mode:
        return f"it has {result.size} px of {result.mode}, its fix was laid on {base.size} px of {base.mode}"
    if alpha.shape != (box.height, box.width):
        return f"its alpha has {alpha.shape[1]}×{alpha.shape[0]} px, its box {box.size}"
    allowed = dilate(rasterise(spec, box.grown(proof.edge_px), raster), proof.edge_px)
    inner = allowed[proof.edge_px : proof.edge_px + box.height, proof.edge_px : proof.edge_px + box.width]
    beyond = int(((alpha > 0) & ~inner).sum())
    if beyond:
        return f"its paste reaches {beyond} px beyond the mask and its edge of {proof.edge_px} px"
    changed_px, largest = outside_changed(base.pixels, result.pixels, box, alpha)
    return f"{changed_px} pixels outside differ by up to {largest} levels" if changed_px else None


def _prepared(
    workspace: Workspace,
    decoder: Decoder,
    base: NativePicture,
    alpha: NDArray[np.uint8],
    spec: MaskSpec,
    raster: NDArray[np.uint8] | None,
    job: Job,
    parent: Version,
    child: Version,
    proof: Proof,
) -> PreparedRun | None:
    """The run as it was; None where it cannot be told over which pixels the proof was measured."""
    if proof.metrics.get("definitions") != DEFINITIONS:
        return None
    with workspace.store.read() as db:
        specs = locks_in(specs_on(db, parent, at_seq=registered_seq(db, child.id)), frame_from_params(job.params))
    try:
        prepared = prepare_run(base, spec, job, get_info(job.engine), raster, load_locks(workspace, decoder, specs))
    except EngineError:
        return None
    crop = list(prepared.crop.as_tuple())
    if proof.metrics.get("crop", crop) != crop:
        return None  # the engine's rules are others now
    if prepared.box != proof.box or not np.array_equal(prepared.alpha, alpha):
        return None
    return prepared


def _untrue(claimed: Mapping[str, Any], measured: Mapping[str, Any]) -> str | None:
    for name, value in measured.items():
        claim = claimed.get(name)
        if name not in FIGURES and not isinstance(value, int | float | None):
            continue
        same = claim is value or (
            isinstance(claim, int | float)
            and type(claim) is not bool
            and value is not None
            and abs(claim - value) <= _TOLERANCE + _SHARE * abs(value)
        )
        if not same:
            return f"its proof says {name} {claim}, its bytes measure {value}"
    return None
