"""A version as a picture that the picture room can show."""

from dataclasses import dataclass

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
