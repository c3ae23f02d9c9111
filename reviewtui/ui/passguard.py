"""The yes that is typed before a model goes over a place once more than is good for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from reviewtui.model.masks import MaskSpec
from reviewtui.services.pass_advice import PassAdvice, worst_advice
from reviewtui.ui.text import styled, text

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


def guard_passes(
    desk: Desk,
    engines: Sequence[str],
    go_on: Callable[[], None],
    *,
    name: str = "",
    mask: MaskSpec | None = None,
    note_ids: Sequence[int] = (),
) -> None:
    """Count the model passes that a fix would come to; send it, say so and send it, or ask first.

    Args:
        go_on: sends it.
        name: of the version that ``mask`` lies on.
        mask: what is to be fixed, None for the regions of ``note_ids``.
    """

    def then(advice: PassAdvice | None) -> None:
        if advice is None:
            go_on()
        elif advice.must_ask:
            _ask(desk, advice, go_on)
        else:
            desk.say(text(advice.words), lasting=True)
            go_on()

    desk.hold.run(
        worst_advice, desk.workspace, lambda: desk.decoder, list(engines), name=name, mask=mask, note_ids=note_ids,
        then=then,
    )  # fmt: skip


def _ask(desk: Desk, advice: PassAdvice, go_on: Callable[[], None]) -> None:
    def answered(answer: str) -> None:
        if answer.strip().lower() == "y":
            go_on()
        else:
            desk.say(styled(f"not sent: {advice.words}", "$role-muted"), lasting=True)

    desk.ask(styled(f" {advice.words}; y to send it all the same: ", "$role-changes"), submit=answered)
