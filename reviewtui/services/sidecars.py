"""What goes beside a delivered picture: its line from the source to the delivered bytes, as JSON. Only reads.

Prompts of regions stand with their edits; what the picture said of itself when it came in is a text of the picture.
"""

import json
from typing import Any

from reviewtui.model.entities import Asset, Version
from reviewtui.store.connection import Reader
from reviewtui.store.jobs import get_job
from reviewtui.store.locks import list_locks_on
from reviewtui.store.notes import get_mask
from reviewtui.store.versions import find_proof, get_blob, get_version, lineage_params, list_line, list_sources

SUFFIX = ".json"


def sidecar(db: Reader, asset: Asset, version: Version, name: str) -> bytes:
    """The sidecar of one delivered version; the same bytes for the same records.

    Args:
        name: of the picture within the package.
    """
    line = [get_version(db, version_id) for version_id in reversed(list_line(db, version.id))]
    source = get_blob(db, line[0].sha256)
    data = {
        "format": "reviewtui sidecar 1",
        "name": name,
        "asset": asset.key,
        "version": version.number,
        "sha256": version.sha256,
        "source_texts": source.facts.get("text", {}),
        "locks": [
            {"lock": lock.id, "version": lock.version_number, "mask": lock.spec.to_data(), "why": lock.why}
            for lock in list_locks_on(db, version.id)
        ],
        "line": [_link(db, one) for one in line],
    }
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def _link(db: Reader, version: Version) -> dict[str, Any]:
    link: dict[str, Any] = {
        "version": version.number,
        "sha256": version.sha256,
        "parent": version.parent_number,
        "op": version.op,
        "asserted_by": version.asserted_by,
        "label": version.label,
        "sources": [get_version(db, version_id).number for version_id in list_sources(db, version.id)],
    }
    if version.job_id is None:
        return link
    job, proof = get_job(db, version.job_id), find_proof(db, version.id)
    _mask_id, params = lineage_params(db, version.id)
    return {
        **link,
        "engine": job.engine,
        "tier": job.tier,
        "seed": job.seed + (version.candidate or 0),
        "prompt": params.get("prompt"),
        "params": _without_places(params),
        "mask": get_mask(db, job.mask_id).spec.to_data(),
        "proof": None if proof is None else proof.metrics,
    }


def _without_places(params: dict[str, Any]) -> dict[str, Any]:
    """Where a model lies on the reviewer's machine is nobody else's business; its identity and revision stay."""
    details = params.get("details")
    if not isinstance(details, dict):
        return params
    named = {
        name: value for name, value in details.items() if not (isinstance(value, str) and value.startswith(("/", "~")))
    }
    return {**params, "details": named}
