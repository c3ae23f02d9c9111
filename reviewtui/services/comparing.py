"""What two versions differ in, counted on their full-size pixels as shown (8-bit sRGB), and remembered."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.differences import Areas, Change, Selection, changed_areas, changed_box, count_changes
from reviewtui.model.entities import Proof, Version
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect
from reviewtui.services.browse import VersionView
from reviewtui.services.renditions import Renditions
from reviewtui.services.workspace import Workspace

_KEPT = 64

T = TypeVar("T")
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts of a pair of versions.

    Attributes:
        inside: where the fixes between the two were laid on; None when the way from one to the other is not made of
            fixes alone.
        outside: everywhere else.
    """

    inside: Change | None
    outside: Change


class Comparer:
    """Measures pairs of versions. Any thread; a pair is measured once, whoever asks."""

    def __init__(self, workspace: Workspace, decoder: Decoder, renditions: Renditions) -> None:
        self._workspace = workspace
        self._decoder = decoder
        self._renditions = renditions
        self._lock = threading.Lock()
        self._areas: OrderedDict[_Pair, Areas] = OrderedDict()
        self._boxes: OrderedDict[_Pair, PixelRect | None] = OrderedDict()
        self._measured: OrderedDict[_Pair, Measured] = OrderedDict()

    def find_areas(self, first: Version, second: Version) -> Areas:
        """Where two versions differ. Blocking; seconds for very large pictures.

        Raises:
            InputError: the sizes differ, or the bytes cannot be decoded any more.
            DriftError: the bytes are gone or others.
            BusyError: no decoder can be had.
        """
        return self._once(self._areas, first, second, lambda: changed_areas(*self._load(first, second)))

    def find_box(self, first: Version, second: Version) -> PixelRect | None:
        """The smallest box that holds all that two versions differ in; None when they do not. Blocking.

        Raises:
            InputError: the sizes differ, or the bytes cannot be decoded any more.
            DriftError: the bytes are gone or others.
            BusyError: no decoder can be had.
        """
        return self._once(self._boxes, first, second, lambda: changed_box(*self._load(first, second)))

    def measure(self, versions: Sequence[VersionView], first: Version, second: Version) -> Measured:
        """How many pixels differ inside and outside of the fixes between two versions. Blocking.

        Args:
            versions: of the asset, for the way from one to the other.

        Raises:
            InputError: the sizes differ, or the bytes cannot be decoded any more.
            DriftError: the bytes are gone or others.
            BusyError: no decoder can be had.
        """
        return self._once(self._measured, first, second, lambda: self._measure(versions, first, second))

    def _measure(self, versions: Sequence[VersionView], first: Version, second: Version) -> Measured:
        fixes = fixes_between(versions, first.number, second.number)
        support = [] if fixes is None else [self._support(proof) for proof in fixes]
        inside, outside = count_changes(*self._load(first, second), support)
        return Measured(inside if fixes else None, outside)

    def _support(self, proof: Proof) -> tuple[PixelRect, Selection]:
        path = self._workspace.blobs.path_of(proof.alpha_sha256)
        alpha = self._decoder.load_native(path, expect_sha256=proof.alpha_sha256).pixels
        if alpha.shape != (proof.box.height, proof.box.width):
            raise InputError("the record of a fix between the two does not fit its picture")
        return proof.box, alpha > 0

    def _load(self, first: Version, second: Version) -> tuple[np.ndarray, np.ndarray]:
        if first.size != second.size:
            raise InputError(f"v{first.number} has {first.size} pixels, v{second.number} {second.size}")
        return self._renditions.load_full(first), self._renditions.load_full(second)

    def _once(self, kept: "OrderedDict[_Pair, T]", first: Version, second: Version, work: Callable[[], T]) -> T:
        pair = (first.sha256, second.sha256)
        # One at a time: two full pictures in memory are enough.
        with self._lock:
            if pair not in kept:
                kept[pair] = work()
                while len(kept) > _KEPT:
                    kept.popitem(last=False)
            kept.move_to_end(pair)
            return kept[pair]


def fixes_between(versions: Sequence[VersionView], one: int, other: int) -> list[Proof] | None:
    """Fixes on the way between two versions of an asset; None when the way is not made of fixes alone.

    Args:
        versions: of the asset.
        one: version number.
        other: version number.
    """
    by_number = {view.version.number: view for view in versions}

    def upwards(number: int) -> list[int]:
        path = [number]
        while (parent := by_number[path[-1]].version.parent_number) is not None and parent in by_number:
            path.append(parent)
        return path

    first, second = upwards(one), upwards(other)
    common = next((number for number in first if number in second), None)
    if common is None:
        return None
    steps = [*first[: first.index(common)], *second[: second.index(common)]]
    proofs = [by_number[number].proof for number in steps]
    found = [proof for proof in proofs if proof is not None]
    return found if len(found) == len(proofs) else None


def box_of_fixes(versions: Sequence[VersionView], one: int, other: int) -> PixelRect | None:
    """Where two versions of an asset can differ at most, by the records of the fixes between them.

    Args:
        versions: of the asset.
        one: version number.
        other: version number.

    Returns:
        A box; None when the way from one to the other is not made of fixes alone.
    """
    fixes = fixes_between(versions, one, other)
    if not fixes:
        return None
    left, top = min(proof.box.x for proof in fixes), min(proof.box.y for proof in fixes)
    right, bottom = max(proof.box.right for proof in fixes), max(proof.box.bottom for proof in fixes)
    return PixelRect(left, top, right - left, bottom - top)
