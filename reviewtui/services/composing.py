"""What every composed version shares: the context of its job, the edits it is put together from, what comes out.

A composed job names a verb of ``COMPOSED_VERBS`` and the engine ``HOST``. It goes through the same queue, fence and
landing as any other, but the dispatcher makes its pixels from kept ones: see ``services.composers`` for the table.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.composing import Layer, layer_of
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult
from reviewtui.imaging.locks import LockedRegion
from reviewtui.imaging.passes import PassesMap
from reviewtui.model.entities import Job, Proof, Version
from reviewtui.model.errors import InputError, RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Tier, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.content import get_content, keep_version
from reviewtui.services.locks import load_locks, specs_on
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import add_act, find_act_by_key
from reviewtui.store.assets import get_asset
from reviewtui.store.jobs import JobRequest, add_job
from reviewtui.store.notes import add_mask, get_mask
from reviewtui.store.versions import find_proof, get_version

#: Stands where others name their engine: nothing was sampled.
HOST = "host"


@dataclass(frozen=True, slots=True)
class Bench:
    """What a composer works with.

    Attributes:
        base: the version that the result is compared with and whose metadata it keeps.
        native: its exact samples.
        mask: the job's selection.
        locks: what is locked on it.
    """

    workspace: Workspace
    decoder: Decoder
    job: Job
    base: Version
    native: NativePicture
    mask: MaskSpec
    locks: tuple[LockedRegion, ...]

    def load(self, version: Version) -> NativePicture:
        """Exact samples of another version, which must be laid out like the base.

        Raises:
            InputError: it has another size or other channels.
            DriftError: its bytes are gone or changed.
        """
        with self.workspace.store.read() as db:
            content = get_content(self.workspace, db, version)
        native = self.decoder.load_native(content.path, expect_sha256=version.sha256)
        if (native.size, native.mode) != (self.native.size, self.native.mode):
            raise InputError(
                f"v{version.number} is {native.mode} of {native.size}, v{self.base.number} is {self.native.mode} of"
                f" {self.native.size}: their pixels do not fit together",
                "do it again by hand on the one you want",
            )
        return native

    def read_patch(self, sha256: str) -> Any:
        """A kept patch, alpha or answer, as it was stored: uint8, or uint16 in a deep picture's own samples.

        Raises:
            DriftError: it is gone or altered.
        """
        return read_kept(self.workspace, self.decoder, sha256)


@dataclass(frozen=True, slots=True)
class Edit:
    """One version as the edit that made it."""

    version: Version
    proof: Proof
    alpha: NDArray[np.uint8]

    @property
    def box(self) -> PixelRect:
        """Where it lies."""
        return self.proof.box


@dataclass(frozen=True, slots=True)
class Composition:
    """What a composer answers; ``services.landing.land_composed`` makes a version of it.

    Attributes:
        fix: the frame with its proof against the bench's base.
        passes: the result's passes map.
        sources: versions other than the base that lent pixels.
        params: JSON-ready, stored with the lineage; the same request gives the same ones.
        seed: stored where others have the seed of a candidate.
        dropped: versions whose edit is gone from the result; the notes that they claimed to fix are open again.
    """

    fix: FixResult
    passes: PassesMap | None
    sources: tuple[Version, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    dropped: tuple[Version, ...] = ()


def set_up(workspace: Workspace, decoder: Decoder, job: Job, *, at_seq: int | None = None) -> Bench:
    """Load what every composer needs. Blocking.

    Args:
        at_seq: with the locks that stood when the event of this number was written; None for those of now.

    Raises:
        InputError: the mask or a lock belongs to a picture of another size.
        DriftError: the base's bytes are gone or changed.
    """
    with workspace.store.read() as db:
        base = get_version(db, job.version_id)
        mask = get_mask(db, job.mask_id).spec
        content = get_content(workspace, db, base)
        locks = specs_on(db, base, at_seq=at_seq)
    native = decoder.load_native(content.path, expect_sha256=base.sha256)
    return Bench(workspace, decoder, job, base, native, mask, load_locks(workspace, decoder, locks))


def load_edit(bench: Bench, version: Version) -> Edit:
    """A version's proof with its alpha.

    Raises:
        RefusedError: no job made it.
    """
    return read_edit(bench.workspace, bench.decoder, version)


def read_edit(workspace: Workspace, decoder: Decoder, version: Version) -> Edit:
    """A version's proof with its alpha, without any frame. Blocking.

    Raises:
        RefusedError: no job made it.
        DriftError: the alpha is gone or altered.
    """
    with workspace.store.read() as db:
        proof = find_proof(db, version.id)
    if proof is None:
        raise RefusedError(f"v{version.number} was not made by a job: its pixels were not kept apart")
    return Edit(version, proof, read_kept(workspace, decoder, proof.alpha_sha256))


def read_kept(workspace: Workspace, decoder: Decoder, sha256: str) -> Any:
    """A kept patch, alpha or answer, as it was stored. Blocking.

    Raises:
        DriftError: it is gone or altered.
    """
    return decoder.load_native(workspace.blobs.path_of(sha256), expect_sha256=sha256).pixels


def load_layer(bench: Bench, edit: Edit) -> Layer:
    """An edit ready to be laid on another frame. Decodes its two frames only where the patch is not exact.

    Raises:
        InputError: it has another size or other channels than the base.
    """
    patch = bench.read_patch(edit.proof.patch_sha256)
    if bench.native.mode in ("RGB", "RGBA"):
        if edit.version.size != bench.base.size:
            raise InputError(f"v{edit.version.number} has {edit.version.size}, v{bench.base.number} {bench.base.size}")
        return Layer(edit.box, patch, patch, edit.alpha)
    with bench.workspace.store.read() as db:
        assert edit.version.parent_id is not None
        parent = get_version(db, edit.version.parent_id)
    return layer_of(bench.load(parent), bench.load(edit.version), edit.box, patch, edit.alpha)


def send_composed(
    workspace: Workspace,
    base: Version,
    verb: Verb,
    spec: MaskSpec,
    params: dict[str, Any],
    *,
    words: str,
    act_key: str | None = None,
) -> int:
    """Queue a composed job on a version; its id. Blocking; ``undo`` cancels it while it waits.

    Args:
        spec: what may change, on the base's size.
        words: for the line that says what an undo would take back, without the job's id.

    Raises:
        DriftError: the base's bytes are gone or changed.
    """
    keep_version(workspace, base)
    with workspace.store.write(workspace.actor) as tx:
        done = None if act_key is None else find_act_by_key(tx, act_key)
        if done is not None:
            return int(done.result["job"])
        asset = get_asset(tx, base.asset_id)
        mask_id = add_mask(tx, base.id, spec)
        job = add_job(tx, asset, base.id, None, mask_id, JobRequest(verb, HOST, Tier.FINAL, params, seed=0))
        add_act(tx, "job", f"{words}, job {job.id}", key=act_key, undo={"job": job.id}, result={"job": job.id})
        return job.id
