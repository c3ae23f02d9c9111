"""The fix sheet in words: its rows, and what is known of the fix before it is sent."""

from textwrap import wrap

from textual.content import Content

from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.prompts import not_judged
from reviewtui.services.estimating import Estimate
from reviewtui.services.wanted import Outlook
from reviewtui.ui.fix_form import FixForm, FormField
from reviewtui.ui.text import clip_cells, styled, text
from reviewtui.ui.verb_fields import marked_words
from reviewtui.ui.widgets.panel import PanelRow

_LABEL_CELLS = 15
#: Verbs whose pixels a model would make from words.
_FILLING = frozenset({Verb.REMOVE, Verb.OUTPAINT})


def form_rows(form: FixForm, focus: object) -> list[PanelRow]:
    """One row for each field; what it is stands under those, for the field in focus."""
    rows = [PanelRow(_row(one), one.name) for one in form.rows()]
    focused = next((one for one in form.rows() if one.name == focus), None)
    rows.append(_blank())
    rows.append(PanelRow(styled(f" {focused.help}" if focused is not None else "", "$role-muted"), indent_cells=1))
    return rows


def _row(one: FormField) -> Content:
    label = styled(f" {clip_cells(one.name.replace('num_', '').replace('_', ' '), _LABEL_CELLS)} ", "$role-muted")
    empty = styled("–", "$role-muted")
    return label + (text(one.words) if one.words else empty)


def _blank() -> PanelRow:
    return PanelRow(text(""))


def known_rows(
    form: FixForm, outlook: Outlook | None, suggestion: str, flaw: Flaw, *, trouble: str = "", width_cells: int = 44
) -> list[PanelRow]:
    """What happens to what is marked, what would be sampled, how long it takes, and what only a person can judge.

    Args:
        suggestion: for the flaw, in words.
        trouble: why it cannot be done so; empty where it can.
        width_cells: of the panel; longer words are wrapped.
    """
    prompt = str(form.params.get("prompt") or "")
    said = [marked_words(form.verb, form.all_words())]
    said += [] if outlook is None else [outlook.words, _pixels(outlook.estimate), _time(outlook.estimate)]
    said += [suggestion, _unread(form, prompt), _letters(form), not_judged(flaw)]
    rows = [_blank(), *_wrapped(f"✗ {trouble}" if trouble else "", width_cells, "$role-changes")]
    for words in said:
        rows.extend(_wrapped(words, width_cells, "$role-muted"))
    return rows


def _wrapped(words: str, width_cells: int, style: str) -> list[PanelRow]:
    lines = wrap(words, max(width_cells - 3, 20)) if words else []
    return [PanelRow(styled(f" {part}", style)) for part in lines]


def _unread(form: FixForm, prompt: str) -> str:
    """What is said and not read."""
    if not prompt or form.info is None or form.default_of("prompt") is not None or form.verb not in _FILLING:
        return ""
    return f"{form.engine} reads no prompt: it copies what lies around"


def _letters(form: FixForm) -> str:
    """The better way for letters, one key away."""
    if not form.letters:
        return ""
    return f"models draw letters badly: t removes what is there and sets '{form.letters}' as real text on it"


def _pixels(estimate: Estimate) -> str:
    return (
        f"{estimate.megapixels_sampled:.2f} MP sampled of {estimate.megapixels_frame:.2f},"
        f" mask {100 * estimate.mask_share:.0f} %, edge +{estimate.edge_px} px"
    )


def _time(estimate: Estimate) -> str:
    steps = "" if estimate.steps is None else f"{estimate.steps} steps · "
    if estimate.seconds is None:
        return f"{steps}time not measured yet here"
    cost = "" if estimate.cost is None else f" · ${estimate.cost:.4f}"
    fixes = "1 result" if estimate.measured == 1 else f"{estimate.measured} results"
    return f"{steps}about {estimate.seconds:.1f} s{cost} · learned from {fixes}"
