"""Provisional pixels as a screen shows them: through the picture's color profile, as the version itself is shown."""

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import to_native
from reviewtui.imaging.layouts import colors_of
from reviewtui.model.geometry import PixelRect
from reviewtui.services.workspace import Workspace


def as_seen(
    workspace: Workspace, decoder: Decoder, native: NativePicture, rect: PixelRect, rgb: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Pixels of a part of a picture in sRGB. Blocking; a picture without a profile costs nothing.

    The profile is data from outside: it is read in the limited process, from a file of the workspace's own.

    Args:
        native: the picture whose profile counts.
        rect: the part.
        rgb: (rect height, rect width, 3) in the picture's own colors.

    Raises:
        StoreError: no file can be written.
        InputError: it cannot be read back.
    """
    if not native.icc:
        return rgb
    samples = np.ascontiguousarray(to_native(native, rect, rgb))
    partial = workspace.blobs.temporary_file(".png")
    try:
        write_png(NativePicture(samples, colors_of(native.mode), icc=native.icc), partial)
        return decoder.load_rgb(partial).rgb
    finally:
        partial.unlink(missing_ok=True)
