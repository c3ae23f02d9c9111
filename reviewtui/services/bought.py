"""What the last pass bought: a fix beside the one before it on the same place. Pure; from what was measured then."""

from dataclasses import dataclass
from typing import Any

from reviewtui.model.geometry import PixelRect
from reviewtui.services.browse import AssetView, VersionView

#: What is compared, and the word for it; of each, (before, now), None where it was not measured.
FIGURES = (("seam", "seam"), ("tex1", "texture"), ("lf_drift", "drift"), ("passes", "passes"))


@dataclass(frozen=True, slots=True)
class Bought:
    """Two passes over one place.

    Attributes:
        since: number of the version that the pass before made.
        area_px: pixels that each laid anything on, (before, now); None where it was not counted.
        figures: by name of ``FIGURES``, (before, now).
        seconds: of this pass.
        cost: of this pass; None until a price is set.
    """

    since: int
    area_px: tuple[int | None, int | None]
    figures: dict[str, tuple[float | None, float | None]]
    seconds: float | None
    cost: float | None

    def to_data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "since": self.since,
            "area_px": list(self.area_px),
            **{name: list(pair) for name, pair in self.figures.items()},
            "seconds": self.seconds,
            "cost": self.cost,
        }

    def words(self) -> list[str]:
        """For people, one figure each."""
        parts = [f"since v{self.since}"]
        before, now = self.area_px
        if before and now:
            parts.append(f"area {100 * (now - before) / before:+.0f} %")
        for name, word in FIGURES:
            old, new = self.figures[name]
            if old is not None and new is not None and (name != "passes" or (old, new) != (0, 0)):
                parts.append(f"{word} {_short(old)} → {_short(new)}")
        if self.seconds is not None:
            parts.append(f"{self.seconds:.1f} s")
        if self.cost is not None:
            parts.append(f"cost {self.cost:g}")
        return parts


def _short(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def find_bought(view: AssetView, shown: VersionView) -> Bought | None:
    """What the fix that made a version bought over the last one on the same place in its line; None without one."""
    proof = shown.proof
    if proof is None:
        return None
    by_id = {one.version.id: one for one in view.versions}
    above = by_id.get(shown.version.parent_id or 0)
    while above is not None:
        if above.proof is not None and _same_place(above.proof.box, proof.box):
            before, now = above.proof.metrics, proof.metrics
            return Bought(
                since=above.version.number,
                area_px=(before.get("changed_px"), now.get("changed_px")),
                figures={name: (before.get(name), now.get(name)) for name, _ in FIGURES},
                seconds=now.get("seconds"),
                cost=now.get("cost"),
            )
        above = by_id.get(above.version.parent_id or 0)
    return None


def _same_place(first: PixelRect, second: PixelRect) -> bool:
    """Whether the smaller of two boxes lies at least by half in the other."""
    common = first.intersection(second)
    return common is not None and 2 * common.size.area_px >= min(first.size.area_px, second.size.area_px)
