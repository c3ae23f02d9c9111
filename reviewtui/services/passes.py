"""The passes map of a version: read and kept as a blob beside it."""

import io

import numpy as np

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import encode_crop
from reviewtui.imaging.passes import PassesMap
from reviewtui.model.entities import Version
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.versions import find_proof


def find_passes(db: Reader, version: Version) -> str | None:
    """Hash of a version's passes map; None for no decodes, as in every version that came from a file."""
    proof = find_proof(db, version.id)
    return None if proof is None else proof.passes_sha256


def load_passes(workspace: Workspace, decoder: Decoder, version: Version) -> PassesMap | None:
    """(H, W) model decodes of each pixel since the source, None for none. Blocking, a few milliseconds.

    Raises:
        DriftError: the map is gone or altered.
        BusyError: no decoder process can be had now.
    """
    with workspace.store.read() as db:
        sha256 = find_passes(db, version)
    if sha256 is None:
        return None
    picture = decoder.load_native(workspace.blobs.path_of(sha256), expect_sha256=sha256)
    return picture.pixels.astype(np.uint8, copy=False)


def keep_passes(workspace: Workspace, passes: PassesMap | None) -> str | None:
    """Store a map; its hash, None for a map without decodes. Blocking.

    Raises:
        StoreError: it cannot be written.
    """
    if passes is None or not passes.any():
        return None
    buffer = io.BytesIO()
    encode_crop(passes, buffer)
    return workspace.blobs.put(buffer.getvalue())
