"""A version as a picture that the picture room can show."""

from dataclasses import dataclass

import numpy as np

from reviewtui.imaging.scaling import view
from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.services.renditions import Renditions
from reviewtui.ui.pictures import Pixels


@dataclass(frozen=True, slots=True)
class VersionSource:
    """One version's pixels; see ``PictureSource``."""

    version: Version
    renditions: Renditions

    @property
    def key(self) -> str:
        """Hash of its bytes."""
        return self.version.sha256

    @property
    def size(self) -> PixelSize:
        """As displayed."""
        return self.version.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``."""
        return self.renditions.load(self.version, box, target)


@dataclass(frozen=True, slots=True)
class AlphaSource:
    """One version's transparency as grey; see ``PictureSource``."""

    version: Version
    renditions: Renditions

    @property
    def key(self) -> str:
        """Hash of its bytes, marked."""
        return f"alpha:{self.version.sha256}"

    @property
    def size(self) -> PixelSize:
        """As displayed."""
        return self.version.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``; white is opaque."""
        alpha = self.renditions.load_alpha(self.version)[box.y : box.bottom, box.x : box.right]
        grey = np.repeat(alpha[:, :, np.newaxis], 3, axis=2)
        return view(grey, PixelRect(0, 0, box.width, box.height), (target.width, target.height))
