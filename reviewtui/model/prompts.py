"""What a prompt says beyond its words: several wordings to try, letters that shall stand in the picture. Pure."""

import re

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw

MAX_PROMPT = 10_000
MAX_CANDIDATES = 64
MAX_VARIANTS = 16

_BAR = re.compile(r"(?<!\\)\|")
# Single quotes are left out: they are apostrophes more often than not.
_QUOTED = re.compile(r"\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|„([^“”\n]{1,200})[“”]|«([^»\n]{1,200})»")

_NOT_JUDGED = {
    Flaw.LIGHT: "no figure sees from where light falls: look at the shadows yourself",
    Flaw.TEXT: "no figure reads small text: read every letter yourself",
    Flaw.COMPOSITION: "no figure sees perspective or balance: look at the whole picture yourself",
}


def check_prompt(prompt: str) -> str:
    """The prompt, if it is not too long.

    Raises:
        UsageError: more than 10 000 characters.
    """
    if len(prompt) > MAX_PROMPT:
        raise UsageError(f"the prompt has {len(prompt)} characters", f"at most {MAX_PROMPT}")
    return prompt


def split_variants(prompt: str) -> tuple[str, ...]:
    r"""The wordings of ``a|b|c``; ``\|`` is a bar that is meant. One, unchanged, where there is no bar.

    Raises:
        UsageError: an empty one, too many, or one that is too long.
    """
    parts = [part.replace("\\|", "|").strip() for part in _BAR.split(prompt)]
    if len(parts) == 1:
        return (check_prompt(prompt.replace("\\|", "|")),)
    if not all(parts):
        raise UsageError("one of the wordings between the bars is empty", r"a|b|c tries three; \| is a bar")
    if len(parts) > MAX_VARIANTS:
        raise UsageError(f"{len(parts)} wordings are too many", f"at most {MAX_VARIANTS}")
    return tuple(check_prompt(part) for part in parts)


def check_total(variants: int, candidates: int) -> None:
    """Refuse more results than anybody could look at.

    Raises:
        UsageError: more than 64 in all.
    """
    if variants * candidates > MAX_CANDIDATES:
        raise UsageError(
            f"{variants} wordings with {candidates} candidates each are {variants * candidates} results",
            f"at most {MAX_CANDIDATES} in all",
        )


def quoted_texts(prompt: str) -> tuple[str, ...]:
    """What stands in double quotes: letters that a model would have to draw."""
    found = (next(group for group in match.groups() if group is not None) for match in _QUOTED.finditer(prompt))
    return tuple(text.strip() for text in found if text.strip())


def overlay_offer(prompt: str) -> str:
    """What to do about letters in a prompt, in words; empty where there are none."""
    texts = quoted_texts(prompt)
    if not texts:
        return ""
    return f"models draw letters badly: --real-text removes what is there and sets '{texts[0]}' as real text on it"


def not_judged(flaw: Flaw) -> str:
    """What no figure of the proof line can see for a flaw, in words; empty where they see it."""
    return _NOT_JUDGED.get(flaw, "")
