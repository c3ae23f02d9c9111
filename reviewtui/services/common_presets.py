"""Presets of everybody, listed without a workspace, a picture library or a database."""

from reviewtui.detectors.catalog import DETECTORS, readiness
from reviewtui.imaging import presets as geometric
from reviewtui.model.saved_presets import NamedPreset


def list_common_presets() -> list[NamedPreset]:
    """Presets of everybody: geometric ones and those of detectors, also of such as cannot run here."""
    found = [NamedPreset(one.name, one.key, one.words) for one in geometric.list_presets()]
    for detector in DETECTORS:
        ready = readiness(detector)
        missing = "" if ready.available else f"{ready.why}: {ready.remedy}"
        found.append(NamedPreset(detector.name, detector.key, detector.words, is_detected=True, missing=missing))
    return found
