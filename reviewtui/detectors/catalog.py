"""Which detectors there are and whether they can run here. Imports nothing heavy."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"

_REMEDY = 'pip install "reviewtui[detectors]"'


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of thing that can be found.

    Attributes:
        name: token used in commands and stored with a mask.
        key: one letter, unique among presets.
        words: what it selects.
        library: module that runs its network.
        files: its weights.
    """

    name: str
    key: str
    words: str
    library: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a detector can run, and if not, why and what to do about it."""

    available: bool
    why: str = ""
    remedy: str = ""


_PEOPLE = ("person.tflite",)
DETECTORS = (
    Detector("face", "F", "every face", "ai_edge_litert", ("face_short_range.tflite", "face_full_range.tflite")),
    Detector("hands", "H", "every hand", "ai_edge_litert", ("palm.tflite", "hand_landmarks.tflite")),
    Detector("subject", "S", "the people in front, or what stands there instead", "ai_edge_litert", _PEOPLE),
    Detector("background", "B", "everything but the subject", "ai_edge_litert", _PEOPLE),
    Detector("text", "T", "every line of text", "onnxruntime", ("text_lines.onnx",)),
)


def find_detector(name: str) -> Detector | None:
    """The detector of this name, or None."""
    return next((detector for detector in DETECTORS if detector.name == name), None)


def readiness(detector: Detector) -> Readiness:
    """Whether a detector can run on this machine; looks for its library without importing it."""
    missing = [file for file in detector.files if not (WEIGHTS / file).is_file()]
    if missing:
        return Readiness(False, f"its weights are missing: {', '.join(missing)}", "install reviewtui again")
    if importlib.util.find_spec(detector.library) is None:
        return Readiness(False, f"{detector.library} is not installed", _REMEDY)
    return Readiness(True)
