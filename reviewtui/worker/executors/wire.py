"""Run specs and run events as framed messages: plain JSON and raw bytes. Must not do anything else."""

from dataclasses import asdict
from typing import Any

from reviewtui.imaging.framing import Limits
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.runs import Cancelled, Failed, Lost, Progressed, RunEvent, RunSpec, Started, Succeeded

LIMITS = Limits(header_bytes=4 << 20, parts_bytes=2 << 30)

Wire = tuple[dict[str, Any], list[bytes]]


def spec_to_wire(spec: RunSpec) -> Wire:
    """Body and parts of a run request."""
    body = {
        "op": "run",
        "job_id": spec.job_id,
        "attempt": spec.attempt,
        "engine": spec.engine,
        "verb": spec.verb,
        "params": spec.params,
        "size": [spec.size.width, spec.size.height],
        "seeds": list(spec.seeds),
        "deadline_s": spec.deadline_s,
        "frugal": spec.frugal,
        "layout": spec.layout,
        "factor": spec.factor,
        "avoid": [list(box.as_tuple()) for box in spec.avoid],
    }
    return body, [spec.image_rgb, spec.mask_l]


def spec_from_wire(body: dict[str, Any], parts: tuple[bytearray, ...]) -> RunSpec:
    """The spec that ``spec_to_wire`` described.

    Raises:
        ValueError, KeyError, TypeError: it was something else.
    """
    image_rgb, mask_l = parts
    return RunSpec(
        job_id=body["job_id"],
        attempt=body["attempt"],
        engine=body["engine"],
        verb=body["verb"],
        params=body["params"],
        size=PixelSize(*body["size"]),
        image_rgb=bytes(image_rgb),
        mask_l=bytes(mask_l),
        seeds=tuple(body["seeds"]),
        deadline_s=body["deadline_s"],
        frugal=body["frugal"],
        layout=body["layout"],
        factor=body["factor"],
        avoid=tuple(PixelRect(*box) for box in body["avoid"]),
    )


def event_to_wire(event: RunEvent) -> Wire:
    """Body and parts of an event."""
    body: dict[str, Any] = {"event": type(event).__name__}
    if isinstance(event, Progressed):
        preview = event.preview_rgb
        body |= {
            "job_id": event.job_id,
            "attempt": event.attempt,
            "step": event.step,
            "total": event.total,
            "message": event.message,
        }
        return body, [] if preview is None else [preview]
    if isinstance(event, Succeeded):
        body |= {
            "job_id": event.job_id,
            "attempt": event.attempt,
            "seconds": event.seconds,
            "details": event.details,
        }
        return body, list(event.images_rgb)
    return body | asdict(event), []


def event_from_wire(body: dict[str, Any], parts: tuple[bytearray, ...]) -> RunEvent:
    """The event that ``event_to_wire`` described.

    Raises:
        ValueError, KeyError, TypeError: it was something else.
    """
    values = {key: value for key, value in body.items() if key != "event"}
    match body["event"]:
        case "Started":
            return Started(**values)
        case "Progressed":
            return Progressed(**values, preview_rgb=bytes(parts[0]) if parts else None)
        case "Succeeded":
            return Succeeded(**values, images_rgb=tuple(bytes(part) for part in parts))
        case "Failed":
            return Failed(**{**values, "kind": ErrorKind(values["kind"])})
        case "Cancelled":
            return Cancelled(**values)
        case "Lost":
            return Lost(**values)
    raise ValueError(f"unknown event {body['event']!r}")
