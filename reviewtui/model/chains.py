"""What a job carries of the jobs that follow on its result: names in its parameters, and words for people. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Notes whose fixes follow, by id.
THEN_NOTES = "then_notes"
#: The text overlay that follows on a clean plate.
THEN_TEXT = "then_text"
#: Edits of a rebase that are run again, see ``Rerun``.
RERUN = "rerun"
#: Id of a chain's first job, in every later one.
CHAIN = "chain"
#: Id of the version whose place as the head the result takes, where that is not the one it was made from.
REPLACES = "replaces"
#: Host's business; no engine reads them.
CHAIN_PARAMS = frozenset((THEN_NOTES, THEN_TEXT, RERUN, CHAIN, REPLACES))


@dataclass(frozen=True, slots=True)
class Rerun:
    """Where a job stands in a rebase that runs edits again.

    Attributes:
        tip_id: version that the rebase began from; while it is the head, what the chain makes at last takes its place.
        tip_number: of that version.
        dropped: numbers of the versions whose edit goes for good.
        number: of the version whose edit this job runs again; None for the job that lays the others on.
        left: numbers of those that are run after it, in this order.
        jobs: that ran an edit of this rebase before.
    """

    tip_id: int
    tip_number: int
    dropped: tuple[int, ...]
    number: int | None
    left: tuple[int, ...]
    jobs: tuple[int, ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the edits that are in no result before this job's."""
        return self.left if self.number is None else (self.number, *self.left)

    def to_data(self) -> dict[str, Any]:
        """JSON-ready, read back by ``rerun_of``."""
        return {
            "tip": self.tip_id,
            "tip_number": self.tip_number,
            "drop": list(self.dropped),
            "number": self.number,
            "left": list(self.left),
            "jobs": list(self.jobs),
        }


def rerun_of(params: Mapping[str, Any]) -> Rerun | None:
    """Where a job of these parameters stands in a rebase, or None when it is in none."""
    data = params.get(RERUN)
    if not isinstance(data, dict):
        return None
    number = data["number"]
    return Rerun(
        int(data["tip"]),
        int(data["tip_number"]),
        tuple(map(int, data["drop"])),
        None if number is None else int(number),
        tuple(map(int, data["left"])),
        tuple(map(int, data["jobs"])),
    )


def chain_words(params: Mapping[str, Any]) -> str:
    """What a job is in a chain, for the record of why a version is as it is; empty for a job that stands alone."""
    rerun = rerun_of(params)
    if rerun is not None:
        then = f"; then {versions_words(rerun.left)} again" if rerun.left else ""
        gone = versions_words(rerun.dropped)
        if rerun.number is None:
            return f"rebase of v{rerun.tip_number} without {gone}: lays on what lies apart{then}"
        return f"rebase of v{rerun.tip_number} without {gone}: runs the edit of v{rerun.number} again{then}"
    then_text = params.get(THEN_TEXT)
    if isinstance(then_text, dict):
        return f"a clean plate; then '{then_text['params']['text']}' as real text on it"
    return ""


def unfinished_words(params: Mapping[str, Any], base_number: int) -> str:
    """What a rebase lacks whose job ended without a result, and how it goes on; empty for a job of no chain.

    Args:
        params: of that job.
        base_number: of the version that it worked on.
    """
    rerun = rerun_of(params)
    if rerun is None:
        return ""
    if rerun.number is None:
        return f"nothing was made of the rebase, v{rerun.tip_number} stays as it is"
    so_far = f"v{base_number} is without {versions_words(rerun.missing)}"
    return f"{so_far} and is not the head; retrying this job goes on from there"


def lacking_words(params: Mapping[str, Any]) -> str:
    """What the result of a rebase's job lacks that was made in the middle of it; empty for the last one's."""
    rerun = rerun_of(params)
    if rerun is None or not rerun.left:
        return ""
    return f"unfinished: the edit{'s' if len(rerun.left) > 1 else ''} of {versions_words(rerun.left)} not run again yet"


def versions_words(numbers: tuple[int, ...]) -> str:
    """``v3``, ``v3 and v4``, ``v3, v4 and v5``."""
    names = [f"v{number}" for number in numbers]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
