"""Give a result the texts that say how it came about, from the records of its job alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.provenance import EditText, edit_texts
from reviewtui.model.entities import Job, Version
from reviewtui.services.workspace import Workspace
from reviewtui.store.notes import get_mask

_OF_OTHERS = frozenset({"prompt", "details", "crop", "engine", "tier", "seed"})


def with_provenance(
    workspace: Workspace,
    base: Version,
    job: Job,
    picture: NativePicture,
    params: Mapping[str, Any],
    *,
    seed: int = 0,
) -> NativePicture:
    """The same pixels with the parent's texts and one more edit. Blocking.

    Nothing that differs from one run of the same request to the next is written: same request, same bytes.

    Args:
        base: what the edit was made from.
        picture: with the parent's texts.
        params: what the engine got.
    """
    with workspace.store.read() as db:
        spec = get_mask(db, job.mask_id).spec
    prompt = params.get("prompt")
    edit = EditText(
        parent_sha256=base.sha256,
        verb=job.verb,
        engine=job.engine,
        seed=seed,
        regions=(*(["inverted"] if spec.invert else []), *(str(region) for region in spec.regions)),
        prompt=prompt if isinstance(prompt, str) else None,
        params={name: value for name, value in params.items() if name not in _OF_OTHERS},
    )
    return replace(picture, text=edit_texts(picture.text, edit))
