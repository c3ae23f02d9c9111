"""What of a proof needs more than two pictures: locks, decodes, the paste itself, what an answer was made into.

Used by ``services.verify_fixes``; only reads, and trusts neither the proof nor the result.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import PreparedRun, answer_of, color_error_of, to_native
from reviewtui.imaging.layouts import Samples, to_rgb8
from reviewtui.imaging.locks import count_changed
from reviewtui.imaging.passes import PassesMap, add_passes, most_passes, passes_in
from reviewtui.imaging.paste import paste
from reviewtui.imaging.provenance import kept_names
from reviewtui.model.entities import Job, Proof, Version
from reviewtui.model.frames import Frame, frame_from_params
from reviewtui.model.lifecycle import COMPOSED_VERBS
from reviewtui.services.composers import compose_job
from reviewtui.services.fixing import locks_in
from reviewtui.services.locks import load_locks, specs_on
from reviewtui.services.passes import load_passes
from reviewtui.services.workspace import Workspace
from reviewtui.store.versions import lineage_params, registered_seq

#: Proofs without this figure are of the time before locks and decodes were measured.
_SINCE = "changed_px"


def beside_difference(base: NativePicture, result: NativePicture) -> str | None:
    """What lies beside the pixels must be the parent's: profile, EXIF, resolution and sample layout."""
    if result.mode != base.mode:
        return f"its samples are {result.mode}, its parent's {base.mode}"
    if result.icc != base.icc:
        return "its color profile is not its parent's"
    if result.exif != base.exif:
        return "its EXIF block is not its parent's"
    if not _same_dpi(base.dpi, result.dpi):
        return f"its resolution is {result.dpi}, its parent's {base.dpi}"
    lost = [name for name in kept_names(base.text) if result.text.get(name) != base.text[name]]
    return f"its parent's text '{lost[0]}' is gone or altered" if lost else None


def _same_dpi(first: tuple[float, float] | None, second: tuple[float, float] | None) -> bool:
    """PNG stores whole pixels per metre."""
    if first is None or second is None:
        return first is second
    return all(abs(a - b) <= 0.02 for a, b in zip(first, second, strict=True))


def measured_locks(
    workspace: Workspace,
    decoder: Decoder,
    base: NativePicture,
    result: NativePicture,
    parent: Version,
    child: Version,
    frame: Frame | None = None,
) -> bool | None:
    """Whether every pixel that was locked when the version landed is its parent's; None when nothing was."""
    with workspace.store.read() as db:
        specs = locks_in(specs_on(db, parent, at_seq=registered_seq(db, child.id)), frame)
    if not specs:
        return None
    return count_changed(base.pixels, result.pixels, load_locks(workspace, decoder, specs)) == 0


def paste_difference(
    base: NativePicture, result: NativePicture, patch: Samples, alpha: NDArray[np.uint8], proof: Proof
) -> str | None:
    """The kept patch, laid on the parent once more, must give the bytes that landed."""
    box = proof.box
    fits = patch.shape[2:] == (3,) or (patch.ndim == 2 and not base.mode.startswith("RGB"))
    if patch.shape[:2] != (box.height, box.width) or not fits:
        return f"its patch has the shape {patch.shape}, its box {box.size}"
    again = paste(base.pixels, to_native(base, box, patch), alpha, box, has_alpha=base.has_alpha)
    differs = again != result.pixels
    if not differs.any():
        return None
    count = int(np.count_nonzero(differs if differs.ndim == 2 else differs.any(axis=2)))
    return f"its patch laid on its parent differs from it in {count} pixels"


def answer_difference(
    prepared: PreparedRun, patch: Samples, raw: NDArray[np.uint8] | None, seed: int
) -> tuple[str | None, dict[str, float | None]]:
    """What the engine's kept answer is made into must be the kept patch; and the color error that it had."""
    answer = answer_of(prepared, patch, raw, seed)
    box, crop = prepared.box, prepared.crop
    part = answer[box.y - crop.y : box.bottom - crop.y, box.x - crop.x : box.right - crop.x]
    words = None if np.array_equal(part, to_rgb8(patch)) else "its patch is not what its engine's answer gives"
    return words, {"color_error": color_error_of(prepared, answer)}


def passes_difference(
    workspace: Workspace, decoder: Decoder, parent: Version, child: Version, proof: Proof, alpha: NDArray[np.uint8]
) -> str | None:
    """The map of model decodes must be the parent's and this fix's."""
    if _SINCE not in proof.metrics:
        return None
    with workspace.store.read() as db:
        _mask, params = lineage_params(db, child.id)
    told = params.get("details", {}).get("passes")
    decodes = 0 if proof.raw_sha256 is None else told if isinstance(told, int) else 1
    before, frame = load_passes(workspace, decoder, parent), frame_from_params(params)
    if before is not None and frame is not None:
        before = passes_in(before, frame)
    expected = add_passes(before, child.size, proof.box, alpha, decodes)
    return _map_difference(load_passes(workspace, decoder, child), expected, proof, alpha)


def _map_difference(
    stored: PassesMap | None, expected: PassesMap | None, proof: Proof, alpha: NDArray[np.uint8]
) -> str | None:
    blank = np.zeros((1, 1), dtype=np.uint8)
    if not np.array_equal(blank if stored is None else stored, blank if expected is None else expected):
        return "its map of model decodes is not its parent's and its own together"
    most = most_passes(expected, proof.box, alpha > 0)
    claim = proof.metrics.get("passes")
    return None if claim == most else f"its proof says passes {claim}, its line has {most}"


def composed_difference(
    workspace: Workspace, decoder: Decoder, job: Job, child: Version, result: NativePicture, proof: Proof
) -> tuple[str | None, Mapping[str, Any]]:
    """A composed version must come out the same when it is composed again; and its figures.

    Raises:
        ReviewError: it cannot be composed any more.
    """
    assert job.verb in COMPOSED_VERBS
    with workspace.store.read() as db:
        at_seq = registered_seq(db, child.id)
    _bench, composition = compose_job(workspace, decoder, job, at_seq=at_seq)
    fix = composition.fix
    if not np.array_equal(fix.picture.pixels, result.pixels):
        return "composed again it comes out differently", {}
    words = _map_difference(load_passes(workspace, decoder, child), composition.passes, proof, fix.alpha)
    return words, fix.metrics
