"""The bytes of a result: the whole frame, and beside it what was laid on and how. Blobs only, no record."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import encode_crop, write_png
from reviewtui.imaging.facts import NativePicture, PictureFacts
from reviewtui.imaging.fixing import FixResult
from reviewtui.imaging.passes import PassesMap, most_passes
from reviewtui.imaging.pixel_hash import pixel_sha256_of
from reviewtui.model.entities import Blob
from reviewtui.model.errors import EngineError, StoreError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.services.passes import keep_passes
from reviewtui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Candidate:
    """One result whose blobs are in the store."""

    index: int
    seed: int
    blob: Blob
    fix: FixResult
    metrics: dict[str, Any]
    patch_sha256: str
    alpha_sha256: str
    raw_sha256: str | None
    passes_sha256: str | None


def write_candidate(
    workspace: Workspace,
    decoder: Decoder,
    native: NativePicture,
    fix: FixResult,
    passes: PassesMap | None,
    *,
    metrics: dict[str, Any],
    index: int = 0,
    seed: int = 0,
) -> Candidate:
    """Write a result's blobs and read the frame back in the limited process. Blocking: 0.2 s per megapixel.

    Args:
        native: the parent's samples.
        passes: the result's passes map.
        metrics: the proof; ``passes`` is added, measured where anything was laid on.

    Raises:
        EngineError: nothing changed, or what was written reads back differently.
        StoreError: the disk is full or failed.
        InputError: what was written does not decode.
    """
    if np.array_equal(_box(native, fix), _box(fix.picture, fix)):
        raise EngineError(
            ErrorKind.BAD_INPUT, "the engine changed nothing", "mark a larger region, or try another seed or engine"
        )
    alpha_sha256 = workspace.blobs.put(_png(fix.alpha))
    # Where the whole picture is new it is kept once.
    is_whole = fix.patch is fix.picture.pixels
    patch_sha256 = None if is_whole else workspace.blobs.put(_png(fix.patch))
    raw_sha256 = None if fix.raw is None else workspace.blobs.put(_png(fix.raw))
    facts = _write_frame(workspace, decoder, fix.picture)
    return Candidate(
        index=index,
        seed=seed,
        blob=_blob_of(facts),
        fix=fix,
        metrics={**metrics, "passes": most_passes(passes, fix.box, fix.alpha > 0)},
        patch_sha256=patch_sha256 or facts.sha256,
        alpha_sha256=alpha_sha256,
        raw_sha256=raw_sha256,
        passes_sha256=keep_passes(workspace, passes),
    )


def _box(picture: NativePicture, fix: FixResult) -> NDArray[Any]:
    box = fix.box
    return picture.pixels[box.y : box.bottom, box.x : box.right]


def _png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    buffer = io.BytesIO()
    encode_crop(pixels, buffer)
    return buffer.getvalue()


def _write_frame(workspace: Workspace, decoder: Decoder, picture: NativePicture) -> PictureFacts:
    """Write the whole frame, read it back in the limited process, and keep it only if it is the same pixels."""
    partial = workspace.blobs.temporary_file(".png")
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="pixel-hash") as pool:
            hashing = pool.submit(pixel_sha256_of, picture)
            write_png(picture, partial)
            facts = decoder.inspect(partial)
            expected = hashing.result()
        _check_written(picture, facts, expected)
        if workspace.blobs.adopt(partial) != facts.sha256:
            raise StoreError("the result changed on disk while it was stored", "check the disk, then retry the job")
    finally:
        partial.unlink(missing_ok=True)
    return facts


def _check_written(picture: NativePicture, facts: PictureFacts, pixel_sha256: str) -> None:
    same = (
        facts.pixel_sha256 == pixel_sha256
        and facts.size == picture.size
        and facts.info.has_icc == (picture.icc is not None)
        and facts.info.orientation == 1
    )
    if not same:
        raise EngineError(
            ErrorKind.LOCK_BROKEN,
            "the result reads back differently from what was made and was refused",
            "nothing was written; please report it",
        )


def _blob_of(facts: PictureFacts) -> Blob:
    about = {"mode": facts.mode, "frames": facts.frames, **asdict(facts.info)}
    return Blob(facts.sha256, facts.pixel_sha256, facts.size_bytes, facts.size, facts.media_type, about)
