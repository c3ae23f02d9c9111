"""Repaste: another feather for a fix that is there. Its kept answer is laid on the parent again; nothing is sampled."""

from dataclasses import dataclass, replace
from typing import Any

from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import finish, prepare, rgb_of
from reviewtui.imaging.layouts import Samples, colors_of, cut, is_rgb8
from reviewtui.imaging.masks import edit_reach
from reviewtui.imaging.passes import add_passes
from reviewtui.model.entities import Job, Proof, Version
from reviewtui.model.errors import InputError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import COMPOSED_VERBS, Verb
from reviewtui.model.masks import MAX_FEATHER_PX, MaskSpec
from reviewtui.services.composing import Bench, Composition, read_kept, send_composed
from reviewtui.services.lookup import find_target
from reviewtui.services.passes import load_passes
from reviewtui.services.raster_masks import find_raster
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import get_mask
from reviewtui.store.versions import find_proof, find_version, get_version, lineage_params


@dataclass(frozen=True, slots=True)
class RepasteSource:
    """A fix whose answer was kept.

    Attributes:
        job: that sampled it.
        params: of its lineage.
    """

    version: Version
    parent: Version
    proof: Proof
    job: Job
    params: dict[str, Any]

    @property
    def is_sampled(self) -> bool:
        """Whether an engine sampled it; else it copied pixels."""
        return self.proof.raw_sha256 is not None

    @property
    def strength(self) -> float:
        """0 to 1, how much the engine was asked to change."""
        return float(self.params.get("strength") or self.job.params.get("strength") or 1.0)

    @property
    def seed(self) -> int:
        """Of the candidate that it is."""
        return int(self.params.get("seed", self.job.seed))


def ask_repaste(workspace: Workspace, name: str, feather_px: int | None, *, act_key: str | None = None) -> int:
    """Queue a fix's paste with another feather; the job's id. Blocking.

    Args:
        name: ``key@N``, or a key for the head's fix; a repaste of a repaste is one of the fix that it came from.
        feather_px: full width of the ramp; 0 is exactly the selection, None is automatic.

    Raises:
        UsageError: out of range.
        NotFoundError: no such asset or version.
        RefusedError: no engine made that version, or it has this edge already.
        InputError: the edge would reach beyond what was kept.
    """
    if feather_px is not None and not 0 <= feather_px <= MAX_FEATHER_PX:
        raise UsageError(f"a feather of {feather_px} px is out of range", f"0 to {MAX_FEATHER_PX}")
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        version = target.get_version()
        source = _source_of(db, version)
        spec = get_mask(db, source.job.mask_id).spec
        if _edge_of(db, version, spec) == feather_px:
            raise RefusedError(f"v{version.number} has this edge already", "say another width")
    _check_reach(source, spec.with_feather(feather_px))
    params = {"of": source.version.number, "feather_px": feather_px}
    words = f"another edge for {target.asset.key} v{source.version.number}"
    return send_composed(
        workspace, source.parent, Verb.REPASTE, spec.with_feather(feather_px), params, words=words, act_key=act_key
    )


def _check_reach(source: RepasteSource, spec: MaskSpec) -> None:
    """Refused now rather than in the queue; soft samples of a mask are looked at there."""
    box, edge_px = edit_reach(spec, for_model=source.is_sampled, strength=source.strength)
    crop = PixelRect(*map(int, source.proof.metrics["crop"]))
    if not crop.contains_rect(box):
        raise InputError(f"an edge of {edge_px} px reaches beyond what was kept of the answer", "take a narrower one")


def _edge_of(db: Reader, version: Version, spec: MaskSpec) -> int | None:
    assert version.job_id is not None
    feather: int | None = get_job(db, version.job_id).params.get("feather_px", spec.feather_px)
    return feather


def _source_of(db: Reader, version: Version) -> RepasteSource:
    proof = find_proof(db, version.id)
    if proof is None or version.job_id is None or version.parent_id is None:
        raise RefusedError(f"no fix made v{version.number}", "only a fix has an edge")
    job = get_job(db, version.job_id)
    if job.verb is Verb.REPASTE:
        first = find_version(db, version.asset_id, int(job.params["of"]))
        assert first is not None
        return _source_of(db, first)
    parent = get_version(db, version.parent_id)
    if job.verb in COMPOSED_VERBS or parent.size != version.size:
        raise RefusedError(f"v{version.number} was made by {job.verb.replace('_', ' ')}: it has no edge to change")
    return RepasteSource(version, parent, proof, job, lineage_params(db, version.id)[1])


def compose_repaste(bench: Bench) -> Composition:
    """The pixels of a repaste; see ``services.composers``. Blocking, some ten milliseconds per megapixel.

    Raises:
        InputError: the edge would reach beyond what was kept.
        EngineError: the result broke a promise.
    """
    with bench.workspace.store.read() as db:
        version = find_version(db, bench.job.asset_id, int(bench.job.params["of"]))
        assert version is not None
        source = _source_of(db, version)
    sampled = source.is_sampled
    crop, answer = read_answer(bench.workspace, bench.decoder, bench.native, source)
    mask = _mask_of(bench, source)
    run = prepare(
        bench.native,
        mask,
        verb=source.job.verb,
        own_samples=not is_rgb8(answer),
        engine_rules=CropRules(for_model=sampled),
        strength=source.strength,
        raster=find_raster(bench.workspace, bench.decoder, mask),
        locks=bench.locks,
        crop=crop,
    )
    seed = source.seed
    fix = finish(bench.native, run, answer.tobytes(), seed=seed)
    metrics = {name: value for name, value in fix.metrics.items() if name != "passes"}  # measured when it lands
    fix = replace(fix, metrics={**metrics, "megapixels_sampled": 0.0})
    decodes = _decodes(source) if sampled else 0
    parent_passes = load_passes(bench.workspace, bench.decoder, bench.base)
    passes = add_passes(parent_passes, bench.native.size, fix.box, fix.alpha, decodes)
    return Composition(fix, passes, params={"of": source.version.number, "feather_px": mask.feather_px}, seed=seed)


def _mask_of(bench: Bench, source: RepasteSource) -> MaskSpec:
    """The selection with the wanted feather, but never one that needs more than was kept around it."""
    with bench.workspace.store.read() as db:
        spec = get_mask(db, source.job.mask_id).spec
    wanted = bench.job.params.get("feather_px")
    return spec.with_feather(None if wanted is None else int(wanted))


def repaste_source(db: Reader, version: Version) -> tuple[RepasteSource, MaskSpec, PixelRect]:
    """The fix behind a version, its selection with the edge that the version has, and where that differs.

    Raises:
        RefusedError: no engine made it.
    """
    source = _source_of(db, version)
    proof = find_proof(db, version.id)
    assert proof is not None
    spec = get_mask(db, source.job.mask_id).spec
    return source, spec.with_feather(_edge_of(db, version, spec)), proof.box


def read_answer(
    workspace: Workspace, decoder: Decoder, native: NativePicture, source: RepasteSource
) -> tuple[PixelRect, Samples]:
    """What the engine saw and what it answered: (crop height, crop width, 3), or of one channel, in its samples.

    Blocking.

    An engine that copies pixels leaves what is outside its hole as it was, so that the patch and the parent say it all.

    Args:
        native: the parent's samples.

    Raises:
        InputError: what was kept is not of that crop.
        DriftError: it is gone or altered.
    """
    crop = PixelRect(*map(int, source.proof.metrics["crop"]))
    if source.proof.raw_sha256 is not None:
        raw: Samples = read_kept(workspace, decoder, source.proof.raw_sha256)
        if raw.shape[:2] != (crop.height, crop.width):
            raise InputError(f"the answer that was kept for v{source.version.number} is not of its crop")
        return crop, raw
    patch: Samples = read_kept(workspace, decoder, source.proof.patch_sha256)
    answer: Any = (rgb_of(native, crop) if is_rgb8(patch) else cut(native, crop, colors_of(native.mode))).copy()
    box = source.proof.box
    y, x = box.y - crop.y, box.x - crop.x
    answer[y : y + box.height, x : x + box.width] = patch
    return crop, answer


def _decodes(source: RepasteSource) -> int:
    told = source.params.get("details", {}).get("passes")
    return told if isinstance(told, int) else 1
