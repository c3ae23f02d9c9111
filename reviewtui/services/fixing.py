"""The dispatcher's side of a job before it runs: from a request in the database to a complete run.

What comes after is in ``services.landing`` (results) and ``services.endings`` (none). Must not choose which job runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.base import EngineInfo, engine_params
from reviewtui.engines.registry import get_info, list_engines
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.extending import extended, finish_scaled, prepare_whole
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult, PreparedRun, finish, prepare
from reviewtui.imaging.layouts import as_array, to_rgb8
from reviewtui.imaging.locks import LockedRegion
from reviewtui.imaging.paste import blend
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import EngineError, InputError
from reviewtui.model.frames import Frame, frame_from_params
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import ErrorKind, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import RunSpec
from reviewtui.services.avoiding import can_avoid, faces_to_avoid, in_crop
from reviewtui.services.content import get_content
from reviewtui.services.locks import load_locks, specs_on
from reviewtui.services.previews import Preview
from reviewtui.services.raster_masks import find_raster
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.notes import get_mask, get_note
from reviewtui.store.versions import get_version


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job ready to run, and what laying its results back needs.

    Attributes:
        base: the version that it works on.
        native: exact samples of the base, in the frame that the results have unless it is scaled.
        run: crop, masks and box.
        spec: what travels to the executor.
        frame: the frame that the results have, None where it is the base's.
        avoided: faces in pixels of the base that nothing is copied from; None for a job that has no use for them.
    """

    job: Job
    base: Version
    native: NativePicture
    run: PreparedRun
    spec: RunSpec
    frame: Frame | None = None
    avoided: tuple[PixelRect, ...] | None = None

    def preview_of(self, crop_rgb: bytes) -> Preview | None:
        """A provisional crop laid on the base, cut to where anything may change; None for a wrong length."""
        size, box, layout = self.run.size, self.run.box, self.run.layout
        if len(crop_rgb) != len(self.run.image_rgb):
            return None
        x, y = box.x - self.run.crop.x, box.y - self.run.crop.y
        part = np.s_[y : y + box.height, x : x + box.width]
        base, new = (to_rgb8(as_array(raw, size, layout)[part]) for raw in (self.run.image_rgb, crop_rgb))
        # A grey picture's profile knows nothing of the colors of a preview.
        icc = self.native.icc if self.native.mode.startswith("RGB") else None
        return Preview(box, blend(base, new, self.run.alpha), icc)


def prepare_job(
    workspace: Workspace,
    decoder: Decoder,
    job: Job,
    *,
    find_info: Callable[[str], EngineInfo] = get_info,
    at_seq: int | None = None,
    avoided: tuple[PixelRect, ...] | None = None,
) -> Prepared:
    """Load the exact pixels of a job's version, rasterise its mask and cut out what the engine may see.

    Blocking, about 20 ms per megapixel: call from a thread.

    Args:
        find_info: says what an engine can do; raises EngineError for an unknown name.
        at_seq: with the locks that stood when the event of this number was written; None for those of now.
        avoided: faces that were found when the job ran; None looks for them, which takes 0.6 s more the first time.

    Raises:
        EngineError: kind ``engine_missing``: no such engine here, or it cannot do what is asked for.
        InputError: mask, parameters or picture cannot be used.
        DriftError: the version's bytes are gone or changed.
        BusyError: no decoder process can be had now.
    """
    info = find_info(job.engine)
    _check_verb(info, job)
    with workspace.store.read() as db:
        prompt = _prompt(db, job)
        base = get_version(db, job.version_id)
        mask = get_mask(db, job.mask_id).spec
        content = get_content(workspace, db, base)
        locks = specs_on(db, base, at_seq=at_seq)
    params = engine_params(info, {**info.defaults(job.verb, job.tier), **prompt, **job.params})
    frame = frame_from_params(job.params)
    native = in_frame(decoder.load_native(content.path, expect_sha256=base.sha256), frame)
    if info.scales:
        if locks:
            raise InputError("upscale makes every pixel new, and some are locked", "lift the locks first")
        run = prepare_whole(native, job.verb, info.crop_rules)
    else:
        raster = find_raster(workspace, decoder, mask)
        run = prepare_run(native, mask, job, info, raster, load_locks(workspace, decoder, locks_in(locks, frame)))
    _check_side(info, run)
    if not can_avoid(info, job.verb):
        avoided = None
    elif avoided is None:
        avoided = faces_to_avoid(workspace, decoder, base, mask, run)
    spec = RunSpec(
        job_id=job.id,
        attempt=job.attempt,
        engine=job.engine,
        verb=job.verb,
        params=params,
        size=run.size,
        image_rgb=run.image_rgb,
        mask_l=run.mask_l,
        seeds=tuple(job.seed + candidate for candidate in range(job.candidates)),
        deadline_s=workspace.settings.fix_timeout_s,
        layout=run.layout,
        factor=frame.factor if info.scales and frame is not None else 1,
        avoid=in_crop(avoided or (), run.crop),
    )
    return Prepared(job, base, native, run, spec, frame, avoided)


def in_frame(native: NativePicture, frame: Frame | None) -> NativePicture:
    """A job's picture as its fix is laid on it: inside a larger frame where the job makes one.

    Raises:
        InputError: the frame does not hold the picture.
    """
    if frame is None or frame.factor != 1:
        return native
    try:
        return extended(native, frame)
    except ValueError as error:
        raise InputError(f"{error}", "ask for it again on this version") from error


def locks_in(locks: tuple[MaskSpec, ...], frame: Frame | None) -> tuple[MaskSpec, ...]:
    """Locks of a base, in its fix's frame; of one that came as a picture the bounds."""
    if frame is None:
        return locks
    return tuple(frame.carry_mask(replace(lock, raster_sha256=None)) for lock in locks)


def lay_on(prepared: Prepared, raw: bytes, seed: int) -> FixResult:
    """Lay one of a job's answers on its base and measure it; what landing and doing it again have in common. Blocking.

    Args:
        raw: what the engine answered for the crop.
        seed: of the candidate.

    Raises:
        EngineError: the answer cannot be used, or broke a promise.
    """
    frame = prepared.frame
    if frame is not None and frame.factor != 1:
        return finish_scaled(prepared.native, raw, frame)
    fix = finish(prepared.native, prepared.run, raw, seed=seed)
    if frame is not None:
        fix.metrics.update(frame.to_params())
    return fix


def prepare_run(
    native: NativePicture,
    mask: MaskSpec,
    job: Job,
    info: EngineInfo,
    raster: NDArray[np.uint8] | None = None,
    locks: tuple[LockedRegion, ...] = (),
) -> PreparedRun:
    """Crop and masks of a job; the same ones whenever it is asked.

    Args:
        native: exact samples of the job's version.
        mask: the job's selection.
        raster: the samples that it names, see ``raster_masks.find_raster``.
        locks: what is locked in that version.

    Raises:
        InputError: mask or parameters cannot be used.
    """
    if job.params.get("feather_px") is not None:
        mask = mask.with_feather(int(_number(job.params, "feather_px", 0)))
    strength = _number({**info.defaults(job.verb, job.tier), **job.params}, "strength", 1.0)
    return prepare(
        native,
        mask,
        verb=job.verb,
        engine_rules=info.crop_rules,
        strength=strength,
        own_samples=info.takes_samples_of(native.mode),
        raster=raster,
        locks=locks,
    )


def _check_verb(info: EngineInfo, job: Job) -> None:
    if job.verb in info.verbs:
        return
    able = [
        listing.name
        for listing in list_engines()
        if listing.available and listing.info is not None and job.verb in listing.info.verbs
    ]
    can = ", ".join(sorted(info.verbs))
    remedy = f"ask for --engine {able[0]}" if able else f"ask for {can}, or add an engine with a model"
    raise EngineError(ErrorKind.ENGINE_MISSING, f"the engine {info.name} cannot {job.verb}, it can {can}", remedy)


def _check_side(info: EngineInfo, run: PreparedRun) -> None:
    longest = max(run.size.width, run.size.height)
    if info.max_side_px is not None and longest > info.max_side_px:
        raise InputError(
            f"the engine {info.name} takes crops up to {info.max_side_px} px, this one has {longest}",
            "mark a smaller region",
        )


def _prompt(db: Reader, job: Job) -> dict[str, str]:
    """A note alone is enough: its text is the prompt, unless it only repeats the verb or names what shall go."""
    if job.note_id is None or job.verb == Verb.REMOVE:
        return {}
    text = get_note(db, job.note_id).text.strip()
    return {"prompt": text} if text and text != job.verb else {}


def _number(params: Mapping[str, Any], name: str, default: float) -> float:
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} must be a number, not {value!r}")
    return value
