"""The table of composed verbs: who makes the pixels of which job. A new verb is one function and one line here."""

from collections.abc import Callable

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Job
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind, Verb
from reviewtui.services.cherry_picking import compose_cherry_pick
from reviewtui.services.composing import Bench, Composition, set_up
from reviewtui.services.rebasing import compose_rebase
from reviewtui.services.repasting import compose_repaste
from reviewtui.services.workspace import Workspace

COMPOSERS: dict[Verb, Callable[[Bench], Composition]] = {
    Verb.REBASE: compose_rebase,
    Verb.CHERRY_PICK: compose_cherry_pick,
    Verb.REPASTE: compose_repaste,
}


def compose_job(
    workspace: Workspace, decoder: Decoder, job: Job, *, at_seq: int | None = None
) -> tuple[Bench, Composition]:
    """Make the pixels of a composed job from kept ones. Blocking, about 0.1 s per megapixel; no engine runs.

    Args:
        at_seq: with the locks that stood when the event of this number was written; None for those of now.

    Raises:
        EngineError: nothing composes this verb, or the result broke a promise.
        InputError: pictures that do not fit together.
        RefusedError: edits that lie on each other, or a version that no job made.
        DriftError: bytes that it needs are gone or changed.
    """
    composer = COMPOSERS.get(job.verb)
    if composer is None:
        raise EngineError(ErrorKind.ENGINE_MISSING, f"nothing composes {job.verb}")
    bench = set_up(workspace, decoder, job, at_seq=at_seq)
    return bench, composer(bench)
