"""Rows about a version's line: locks, model passes, what the last pass bought, what was changed by hand, its chain."""

from textwrap import wrap

from textual.content import Content

from reviewtui.imaging.provenance import read_chain
from reviewtui.model.chains import lacking_words, versions_words
from reviewtui.model.entities import Lock
from reviewtui.services.bought import find_bought
from reviewtui.services.browse import AssetView, Facts, VersionView
from reviewtui.services.pass_advice import WARN_AT
from reviewtui.services.rebasing import Survey
from reviewtui.services.roundtrip import HandChange
from reviewtui.ui.text import line, styled, text

_SHOWN_EDITS = 12
_PANE_CELLS = 27


def lock_words(lock: Lock) -> str:
    """One lock in one line."""
    where = " + ".join(map(str, lock.spec.regions))
    why = f": {lock.why}" if lock.why else ""
    inverted = "all but " if lock.spec.invert else ""
    return f"lock {lock.id}  {inverted}{where}  from v{lock.version_number} on, by {lock.author}{why}"


def passes_parts(shown: VersionView) -> list[Content]:
    """Locks and decodes of a proof line, as far as there is something to say."""
    if shown.proof is None:
        return []
    metrics, parts = shown.proof.metrics, []
    if metrics.get("locks_ok") is not None:
        good = metrics["locks_ok"] is True
        parts.append(styled("locks ok" if good else "locks BROKEN", "$role-text" if good else "$role-void"))
    passes = metrics.get("passes")
    if isinstance(passes, int) and passes > 0:
        parts.append(styled(f"passes {passes}", "$role-changes" if passes >= WARN_AT else "$role-text"))
    return parts


def bought_row(view: AssetView, shown: VersionView) -> Content | None:
    """What the last pass on the same place bought, in one row."""
    bought = find_bought(view, shown)
    if bought is None:
        return None
    return line(styled(" bought   ", "$role-muted"), text(" · ".join(bought.words())))


def landed_words(view: AssetView, head: VersionView) -> Content:
    """That a fix landed; after another pass over the same place what it bought, and the ways on, one key each."""
    landed = styled(f"✓ v{head.version.number} landed and is the head: J looks at it", "$role-verify")
    bought = find_bought(view, head)
    if bought is None:
        return landed
    figures = " · ".join(bought.words())
    # The ways on come first: what a narrow line cuts stands in the proof pane too.
    return line(
        styled(f"✓ v{head.version.number} landed: J looks at it", "$role-verify"),
        styled("  then a approve · U revert · r hand to a retoucher  ", "$role-muted"),
        text(figures),
    )


def lacking_rows(view: AssetView, shown: VersionView) -> list[Content]:
    """That a version was made in the middle of a rebase, broken for the narrow pane."""
    made_by = next((job for job in view.jobs if job.id == shown.version.job_id), None)
    words = "" if made_by is None else lacking_words(made_by.params)
    return [styled(f" {part}", "$role-changes") for part in wrap(words, _PANE_CELLS)]


def lying_words(survey: Survey) -> str:
    """What lies on the edits that are to be dropped, with the number of shared pixels."""
    parts = [f"v{version.number} ({shared} px)" for version, shared in survey.lying]
    dropped = versions_words(tuple(version.number for version in survey.dropped))
    return f"on {dropped} lie{'s' if len(parts) == 1 else ''} {', '.join(parts)}"


def proof_extras(view: AssetView, shown: VersionView) -> list[Content]:
    """Rows that the proof pane shows below the proof line."""
    rows = lacking_rows(view, shown)
    parts = passes_parts(shown)
    if parts:
        rows.append(line(text(" "), styled(" · ", "$role-muted").join(parts)))
    if shown.remark:
        rows.append(styled(f" {shown.remark}", "$role-changes"))
    bought = find_bought(view, shown)
    if bought is not None:
        since, *figures = bought.words()
        rows.append(styled(f" bought {since}", "$role-muted"))
        rows.extend(text(f"   {figure}") for figure in figures[:4])
    if shown.proof is not None:
        rows.append(styled(" form, light, letters: look", "$role-muted"))
    return rows


def inspector_rows(view: AssetView, shown: VersionView, facts: Facts, change: HandChange | None) -> list[Content]:
    """Rows of the inspector about the version's line."""
    rows = [line(styled(" locked   ", "$role-muted"), text(lock_words(lock))) for lock in view.locks_on(shown.version)]
    if change is not None:
        where = "nothing" if change.box is None else f"{change.box}, {change.changed_px} px"
        rows.append(line(styled(" by hand  ", "$role-muted"), text(f"{where} since v{shown.version.parent_number}")))
    bought = bought_row(view, shown)
    if bought is not None:
        rows.append(bought)
    chain = read_chain(facts.text)
    for number, edit in enumerate(chain[-_SHOWN_EDITS:], start=max(len(chain) - _SHOWN_EDITS, 0) + 1):
        rows.append(line(styled(f" edit {number:<4}", "$role-muted"), text(edit_words(edit))))
    return rows


def edit_words(edit: dict[str, object]) -> str:
    """One link of the chain that a file tells of itself; text from outside."""
    regions = edit.get("regions")
    where = ", ".join(map(str, regions[:4])) if isinstance(regions, list) else ""
    prompt = edit.get("prompt")
    parts = [
        f"{edit.get('verb')} with {edit.get('engine')}, seed {edit.get('seed')}",
        where,
        f"from {str(edit.get('parent'))[:12]}",
        f'"{prompt}"' if isinstance(prompt, str) and prompt else "",
    ]
    return " · ".join(part for part in parts if part)
