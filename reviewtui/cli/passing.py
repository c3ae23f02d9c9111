"""What is said before a model goes over a place once more, and the yes that it needs."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache

from reviewtui.cli.output import Output
from reviewtui.cli.wiring import decoding
from reviewtui.model.masks import MaskSpec
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest


def check_passes(
    workspace: Workspace,
    out: Output,
    name: str,
    mask: MaskSpec | None,
    requests: Sequence[JobRequest],
    *,
    notes: Sequence[int] = (),
    agreed: bool = False,
) -> None:
    """Say what one more model pass means; refuse where a yes is needed. Blocking.

    Args:
        name: of the version that ``mask`` lies on.
        mask: what is to be fixed, None for the regions of ``notes``.
        notes: ids.
        agreed: whether ``--yes`` was given.

    Raises:
        RefusedError: so it is.
    """
    from reviewtui.services.pass_advice import refuse_unless, worst_advice

    engines = [request.engine for request in requests]
    with ExitStack() as stack:
        decoder = cache(lambda: stack.enter_context(decoding(workspace)))
        advice = worst_advice(workspace, decoder, engines, name=name, mask=mask, note_ids=notes)
    refuse_unless(advice, agreed=agreed)
    if advice is not None:
        out.say(advice.words)
