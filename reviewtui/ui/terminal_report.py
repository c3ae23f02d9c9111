"""What is known of the terminal, in the doctor's words. Imports nothing of Textual."""

from reviewtui.services.doctor import TerminalReport
from reviewtui.settings.settings import IMAGE_PROTOCOLS
from reviewtui.ui.pictures.facts import TerminalFacts


def report_of(facts: TerminalFacts, images: str = "auto") -> TerminalReport:
    """For the doctor.

    Args:
        facts: what the terminal answered.
        images: the protocol that the reviewer wants, or ``auto``.
    """
    protocol, refusal = facts.shown_by(images, IMAGE_PROTOCOLS)
    return TerminalReport(
        protocol,
        (refusal, *facts.reasons) if refusal else facts.reasons,
        facts.better,
        facts.truecolor,
        None if facts.tmux is None else facts.tmux.passthrough,
        facts.rtt_ms,
        facts.sync,
    )
