"""What finished jobs teach: how long an engine takes, and what was accepted for a flaw."""

from dataclasses import dataclass
from typing import Any

from reviewtui.model.lifecycle import COMPOSED_VERBS, Flaw, Tier, Verb
from reviewtui.store.connection import Reader

_COMPOSED = ", ".join(f"'{verb}'" for verb in sorted(COMPOSED_VERBS))


@dataclass(frozen=True, slots=True)
class Timing:
    """One finished candidate.

    Attributes:
        seconds: its share of the run.
        megapixels: that were sampled.
        steps: that a sampling engine really ran; None for one that does not.
    """

    seconds: float
    megapixels: float
    steps: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted for a flaw, and how often."""

    verb: Verb
    engine: str
    strength: float | None
    preset: str | None
    times: int


def list_timings(
    db: Reader, engine: str, tier: Tier | None = None, verb: Verb | None = None, limit: int = 101
) -> list[Timing]:
    """The newest measured candidates of an engine, newest first; None for a tier or verb takes all."""
    rows = db.all(
        "SELECT json_extract(p.metrics, '$.seconds'), json_extract(p.metrics, '$.megapixels_sampled'),"
        " json_extract(l.params, '$.details.effective_steps')"
        " FROM proof p JOIN job j ON j.id = p.job_id"
        " LEFT JOIN lineage l ON l.child_id = p.version_id AND l.job_id = j.id"
        f" WHERE j.engine = ? AND j.verb NOT IN ({_COMPOSED})"
        " AND (? IS NULL OR j.tier = ?) AND (? IS NULL OR j.verb = ?)"
        " ORDER BY p.version_id DESC LIMIT ?",
        (engine, tier, tier, verb, verb, limit),
    )
    return [Timing(row[0], row[1], _whole(row[2])) for row in rows if _are_positive(row[0], row[1])]


def find_accepted(db: Reader, flaw: Flaw) -> Accepted | None:
    """What was accepted most often for a flaw, the newest of equals; None when nothing was yet.

    Accepted is the last job of a note that somebody closed, or one with a version that is approved.
    """
    row = db.one(
        "SELECT j.verb, j.engine, json_extract(j.params, '$.strength'), json_extract(m.spec, '$.preset'), count(*) n"
        " FROM job j JOIN note n ON n.id = j.note_id JOIN mask m ON m.id = j.mask_id"
        f" WHERE n.flaw = ? AND j.state = 'succeeded' AND j.verb NOT IN ({_COMPOSED})"
        " AND ((n.state = 'closed' AND n.job_id = j.id) OR EXISTS ("
        "  SELECT 1 FROM job_result r JOIN decision d ON d.version_id = r.version_id"
        "  WHERE r.job_id = j.id AND d.verdict IN ('approved', 'approved_with_changes')"
        "  AND NOT EXISTS (SELECT 1 FROM decision x WHERE x.revokes_id = d.id)))"
        " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, max(j.id) DESC LIMIT 1",
        (flaw,),
    )
    return None if row is None else Accepted(Verb(row[0]), row[1], _number(row[2]), row[3], row[4])


def _are_positive(*values: Any) -> bool:
    return all(isinstance(value, int | float) and value > 0 for value in values)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
