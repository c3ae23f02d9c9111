"""Asking for a fix: which engine does it, and waiting for the answer. The worker's side is in ``services.fixing``."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from reviewtui.engines.base import EngineInfo, engine_params
from reviewtui.engines.registry import list_engines
from reviewtui.model.entities import Job
from reviewtui.model.errors import BusyError, EngineError, InputError, UsageError
from reviewtui.model.lifecycle import JOB_ACTIVE, ErrorKind, Tier, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.prompts import check_prompt, check_total, split_variants
from reviewtui.services.background import announce_presence, ensure_worker
from reviewtui.services.feed import Feed
from reviewtui.services.jobs import check_candidates, find_jobs
from reviewtui.services.verbs import what_works_without
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest

_POLL_S = 0.03
_LOOK_S = 1.0
_MAX_STARTS = 5


def make_request(
    workspace: Workspace,
    *,
    verb: Verb = Verb.REMOVE,
    engine: str | None = None,
    tier: Tier = Tier.FINAL,
    candidates: int | None = None,
    seed: int | None = None,
    params: dict[str, Any] | None = None,
    mask: MaskSpec | None = None,
) -> JobRequest:
    """A checked request. Blocking: reads package metadata.

    Args:
        engine: None takes the one of the settings if it can do what is asked for, else one that can.
        candidates: None takes the number of the settings.
        seed: 0 to 2**31 - 1; None draws one.
        params: ``prompt``, ``strength`` (0 to 1), ``feather_px`` (0 to 4096) and an engine's own.
        mask: selection of the job where it is not its note's.

    Raises:
        EngineError: no engine here can do it; says what is missing.
        InputError: the engine has no such parameter, or its value is out of range.
        UsageError: a number out of range.
    """
    name = _choose_engine(verb, engine, workspace.settings.fix_engine)
    if seed is not None and not 0 <= seed < 2**31:
        raise UsageError(f"the seed {seed} is out of range", "0 to 2147483647")
    chosen = params or {}
    check_prompt(str(chosen.get("prompt", "")))
    _check_range(chosen, "strength", 0, 1)
    _check_range(chosen, "feather_px", 0, 4096)
    info = _check_params(name, verb, tier, chosen)
    count = check_candidates(workspace.settings.fix_candidates if candidates is None else candidates)
    if info is not None and not info.uses_seed:
        count = 1  # every other one would be the same bytes
    return JobRequest(verb, name, tier, chosen, seed, count, mask=mask)


def make_requests(workspace: Workspace, **asked: Any) -> tuple[JobRequest, ...]:
    r"""One checked request for each wording of a prompt ``a|b|c``, all with one seed so that only the words differ.

    Blocking, as ``make_request``.

    Args:
        asked: as there.

    Raises:
        UsageError: an empty wording, or more results in all than anybody could look at.
    """
    params = dict(asked.pop("params", None) or {})
    wordings = split_variants(params["prompt"]) if "prompt" in params else ()
    if len(wordings) < 2:
        if wordings:
            params["prompt"] = wordings[0]
        return (make_request(workspace, params=params, **asked),)
    if asked.get("seed") is None:
        asked["seed"] = secrets.randbelow(2**31)
    requests = tuple(
        make_request(workspace, params={**params, "prompt": words, "variants": len(wordings)}, **asked)
        for words in wordings
    )
    check_total(len(wordings), requests[0].candidates)
    return requests


def _check_params(engine: str, verb: Verb, tier: Tier, chosen: dict[str, Any]) -> EngineInfo | None:
    """What an engine would refuse is refused now, not after a queue; a plug-in (None) is asked by the worker."""
    info = next((listing.info for listing in list_engines() if listing.name == engine), None)
    if info is not None:
        engine_params(info, {**info.defaults(verb, tier), **chosen})
    return info


def _check_range(params: dict[str, Any], name: str, low: float, high: float) -> None:
    if name in params and not low <= params[name] <= high:
        raise UsageError(f"{name.removesuffix('_px')} {params[name]:g} is out of range", f"{low:g} to {high:g}")


def _choose_engine(verb: Verb, asked: str | None, preferred: str) -> str:
    listings = {listing.name: listing for listing in list_engines()}
    # A plug-in tells what it can do only once it is loaded: the worker checks it then.
    able = [e.name for e in listings.values() if e.available and e.info is not None and verb in e.info.verbs]
    if asked is None:
        if not able:
            raise EngineError(
                ErrorKind.ENGINE_MISSING, f"no engine here can {verb}: it needs a model", what_works_without(verb)
            )
        return preferred if preferred in able else able[0]
    listing = listings.get(asked)
    if listing is None:
        raise _unable(f"there is no engine '{asked}'", list(listings))
    if not listing.available:
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"the engine {asked} is not usable: {listing.words}", listing.remedy
        )
    if listing.info is not None and verb not in listing.info.verbs:
        raise _unable(f"the engine {asked} cannot {verb}, it can {', '.join(sorted(listing.info.verbs))}", able)
    return asked


def _unable(words: str, names: list[str]) -> EngineError:
    there = f"; there is {', '.join(names)}" if names else ""
    return EngineError(ErrorKind.ENGINE_MISSING, words, f"--verb remove needs no model{there}: reviewtui engines")


def wait_for_job(workspace: Workspace, job_id: int, tell: Callable[[Job], None] | None = None) -> Job:
    """Wait until a job is over, with a worker at it; the job as it ended.

    Blocking; KeyboardInterrupt leaves it running.

    Args:
        tell: called with the job whenever something about it changed.

    Raises:
        BusyError: no worker stays alive.
        InputError: the workspace is open read-only.
    """
    if workspace.store.read_only:
        raise InputError("this workspace is open read-only")
    presence = announce_presence(workspace)
    try:
        return _wait(workspace, job_id, tell)
    finally:
        if presence is not None:
            presence.release()


def _wait(workspace: Workspace, job_id: int, tell: Callable[[Job], None] | None) -> Job:
    feed = Feed(workspace)
    feed.begin()
    starts, next_look = 0, 0.0
    [job] = find_jobs(workspace, job_id)
    while job.state in JOB_ACTIVE:
        now = workspace.clock.monotonic_s()
        if now >= next_look:
            next_look = now + _LOOK_S
            starts += ensure_worker(workspace)
            if starts > _MAX_STARTS:
                raise BusyError(
                    f"job {job_id} is {job.state} and no worker stays alive", f"see {workspace.paths.worker_log}"
                )
        changes = feed.poll()
        if changes is None or any(change.entity == "job" and change.entity_id == job_id for change in changes):
            [job] = find_jobs(workspace, job_id)
            if tell is not None:
                tell(job)
        else:
            time.sleep(_POLL_S)
    return job
