"""The real networks on real pictures, in their own process; and what happens when they cannot run."""

import hashlib
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from reviewtui.detectors import client
from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import DETECTORS, WEIGHTS, Detector, find_detector, readiness
from reviewtui.detectors.client import detect
from reviewtui.imaging.presets import list_presets
from reviewtui.model.errors import InputError, NotFoundError
from tests.conftest import SAMPLE_DATA

PORTRAIT = Path(__file__).parents[2] / "data" / "portrait.jpg"

# A swapped file would be code that nobody read; see weights/README.md for where each comes from.
HASHES = {
    "face_full_range.tflite": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "face_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "hand_landmarks.tflite": "048edd3645c9bf7397d19a9f6e3a42957d6e414c9bea6598030a2e9b624156e6",
    "palm.tflite": "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
    "person.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    "text_lines.onnx": "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
}


def look_for(name: str, rgb: NDArray[np.uint8]) -> list[Box]:
    detector = find_detector(name)
    assert detector is not None
    return detect(detector, rgb)


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    with Image.open(PORTRAIT) as image:
        return np.asarray(image.convert("RGB"))


def center(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def test_weights__files__are_those_that_were_read_once() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in WEIGHTS.glob("*.*[xe]")}
    assert found == HASHES
    assert {file for detector in DETECTORS for file in detector.files} == set(HASHES)


def test_detectors__names_and_keys__are_nobody_elses() -> None:
    names = [one.name for one in DETECTORS] + [one.name for one in list_presets()]
    keys = [one.key for one in DETECTORS] + [one.key for one in list_presets()]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


def test_face__portrait__is_framed_from_brow_to_chin(portrait: NDArray[np.uint8]) -> None:
    [face] = look_for("face", portrait)
    x, y = center(face)
    assert 0.45 < x < 0.62
    assert 0.12 < y < 0.30
    assert 0.2 < face.right - face.left < 0.4


def test_hands__portrait__the_open_hand_is_found(portrait: NDArray[np.uint8]) -> None:
    found = look_for("hands", portrait)
    assert any(0.6 < center(hand)[0] < 0.85 and 0.7 < center(hand)[1] < 0.85 for hand in found)
    assert len(found) <= 2


def test_subject__portrait__covers_the_man_and_not_the_curtain(portrait: NDArray[np.uint8]) -> None:
    covered = np.zeros((100, 100), dtype=np.bool_)
    for box in look_for("subject", portrait):
        covered[int(box.top * 100) : round(box.bottom * 100), int(box.left * 100) : round(box.right * 100)] = True
    assert covered[60:90, 30:70].mean() > 0.98
    assert covered[:40, 20:30].mean() < 0.05


def test_text__lettering__each_line_is_framed() -> None:
    image = Image.new("RGB", (900, 500), (70, 90, 80))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(56)
    draw.text((80, 90), "GRAND OPENING", fill=(240, 240, 230), font=font)
    draw.text((220, 330), "ends tomorrow", fill=(20, 20, 20), font=font)
    first, second = look_for("text", np.asarray(image))
    assert first.top * 500 < 110
    assert first.bottom * 500 > 130
    assert first.left * 900 < 90
    assert second.left * 900 < 230
    assert second.top * 500 > 310


@pytest.mark.parametrize("name", ["face", "hands"])
def test_people__picture_of_dogs__none_is_found(name: str) -> None:
    with Image.open(SAMPLE_DATA / "lobby" / "dogs_v001.jpg") as image:
        assert look_for(name, np.asarray(image.convert("RGB").resize((600, 900)))) == []


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
@pytest.mark.parametrize("size", [(1, 1), (2000, 3)])
def test_detect__odd_sizes__answer(detector: Detector, size: tuple[int, int]) -> None:
    rgb = np.full((size[1], size[0], 3), 120, dtype=np.uint8)
    assert all(0 <= value <= 1 for box in detect(detector, rgb) for value in box)


def test_detect__library_is_absent__says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    detector = DETECTORS[0]
    assert not readiness(detector).available
    with pytest.raises(NotFoundError, match=r"not installed .*pip install"):
        detect(detector, np.zeros((8, 8, 3), dtype=np.uint8))


def test_readiness__weights_are_missing__says_so() -> None:
    ready = readiness(replace(DETECTORS[0], files=("gone.tflite",)))
    assert not ready.available
    assert "gone.tflite" in ready.why


def test_detect__takes_too_long__is_stopped_in_words() -> None:
    with pytest.raises(InputError, match="longer than"):
        detect(DETECTORS[0], np.zeros((8, 8, 3), dtype=np.uint8), timeout_s=0.01)


def test_detect__child_dies__is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_MEMORY_BYTES", 1 << 20)
    with pytest.raises(InputError, match="did not survive"):
        detect(DETECTORS[0], np.zeros((8, 8, 3), dtype=np.uint8))


def test_detect__more_pixels_than_allowed__is_refused_in_words() -> None:
    with pytest.raises(InputError):
        detect(DETECTORS[0], np.zeros((2001, 2000, 3), dtype=np.uint8))


def test_detect__network_fails__its_words_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no detector 'wheel'"):
        detect(replace(DETECTORS[0], name="wheel"), np.zeros((8, 8, 3), dtype=np.uint8))
