"""Choosing among candidates: two at a time, the winner stays, until one is left. Pure."""

from dataclasses import dataclass

from reviewtui.model.entities import Job, Version
from reviewtui.model.lifecycle import JobState
from reviewtui.services.browse import AssetView


@dataclass(frozen=True, slots=True)
class Tournament:
    """What is still in it.

    Attributes:
        left: version numbers, in the order of their candidates.
        total: how many there were.
        base: number of the version that they were made from.
    """

    left: tuple[int, ...]
    total: int
    base: int

    @property
    def words(self) -> str:
        """``2 of 4 left``."""
        return f"{len(self.left)} of {self.total} left"

    def without(self, number: int) -> "Tournament":
        """A loser goes; its version stays in the tree."""
        return Tournament(tuple(other for other in self.left if other != number), self.total, self.base)

    def next_after(self, number: int, champion: int) -> int | None:
        """The next one that the champion meets; None when nobody is left."""
        others = [other for other in self.left if other != champion]
        return next((other for other in others if other > number), others[0] if others else None)


def find_tournament(view: AssetView, version: Version) -> Tournament | None:
    """All results of the request that a version belongs to, or that was made from it last; None for fewer than two."""
    for asked in _requests(view):
        numbers = tuple(sorted({number for job in asked for number in job.versions}))
        is_base = asked[0].version_id == version.id and view.asset.head_id == version.id
        if len(numbers) > 1 and (version.number in numbers or is_base):
            return Tournament(numbers, len(numbers), asked[0].version_number)
    return None


def _requests(view: AssetView) -> list[list[Job]]:
    """Jobs that were asked for together, newest first."""
    groups: dict[tuple[object, ...], list[Job]] = {}
    for job in view.jobs:
        if job.state is JobState.SUCCEEDED:
            groups.setdefault((job.note_id, job.version_id, job.created_at), []).append(job)
    return list(groups.values())
