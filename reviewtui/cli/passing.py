"""What is said before a model goes over a place once more, and the yes that it needs."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache

from reviewtui.cli.output import Output
from reviewtui.cli.wiring import decoding
from reviewtui.model.entities import Version
from reviewtui.model.masks import MaskSpec
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest


def check_passes(
    workspace: Workspace,
    out: Output,
    version: Version,
    mask: MaskSpec | None,
    requests: Sequence[JobRequest],
    *,
    notes: Sequence[int] = (),
    agreed: bool = False,
) -> None:
    """Say what one more model pass means; refuse where a yes is needed. Blocking.

    Args:
        version: that ``mask`` was drawn on.
        mask: what is to be fixed, None for the regions of ``notes``.
        notes: ids.
        agreed: whether ``--yes`` was given.

    Raises:
        RefusedError: so it is.
    """
    from reviewtui.services.pass_advice import advise, advise_on_note, refuse_unless

    with ExitStack() as stack:
        decoder = cache(lambda: stack.enter_context(decoding(workspace)))
        said = []
        for engine in dict.fromkeys(request.engine for request in requests):
            if mask is not None:
                said.append(advise(workspace, decoder, version, mask, engine))
            said += [advise_on_note(workspace, decoder, note_id, engine) for note_id in notes]
    advice = max((one for one in said if one is not None), key=lambda one: one.passes, default=None)
    refuse_unless(advice, agreed=agreed)
    if advice is not None:
        out.say(advice.words)
