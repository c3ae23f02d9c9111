"""What steers copies: fine detail that a reduced picture has not, and a hard border that is met."""

from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest
from reviewtui.engines.catalog import PatchParams
from reviewtui.engines.guides import roughness
from reviewtui.engines.patch import PatchEngine
from reviewtui.imaging.proof import measure
from reviewtui.model.lifecycle import Verb


class Silent:
    def report(self, *words: Any, **more: Any) -> None:
        """Nobody listens."""

    def raise_if_cancelled(self) -> None:
        """Nobody asks."""


def speckled(height: int, width: int) -> np.ndarray:
    """Fine detail of one tone: at a quarter of the scale nothing of it is left."""
    noise = np.random.default_rng(3).integers(-60, 61, (height, width, 1))
    return np.clip(120 + np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)


def test_roughness__hole_between_rough_and_flat__expects_what_lies_beside_it() -> None:
    image = speckled(160, 240)
    image[:, 160:] = 120
    hole = np.zeros((160, 240), bool)
    hole[60:100, 40:80] = True
    found = roughness(image, hole, 4)
    assert found.shape == (40, 60)
    assert found[20, 15] > 3, "inside the hole, in the rough part"
    assert found[20, 50] < 0.5


def test_patch__flat_wall_of_the_same_tone__does_not_grow_into_the_speckles() -> None:
    image = speckled(400, 420)
    image[:, 300:] = 120
    mask = np.zeros((400, 420), np.uint8)
    mask[120:260, 100:240] = 255
    engine = PatchEngine()
    request = EngineRequest(Verb.REMOVE, PatchParams(), image, mask, (1,))
    filled = engine.inpaint(request, Silent()).images[0]
    tex1 = measure(filled, mask > 0)["tex1"]
    assert tex1 is not None
    assert tex1 > 0.85


def test_patch__outpaint__border_of_the_original_is_met_without_a_step() -> None:
    ramp = np.linspace(40, 200, 200).astype(np.uint8)
    image = np.repeat(np.repeat(ramp[:, np.newaxis, np.newaxis], 300, axis=1), 3, axis=2)
    noise = np.random.default_rng(1).integers(-6, 7, image.shape)
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    mask = np.zeros((200, 300), np.uint8)
    mask[:, 200:] = 255
    engine = PatchEngine()
    filled = engine.inpaint(EngineRequest(Verb.OUTPAINT, PatchParams(), image, mask, (1,)), Silent()).images[0]
    figures = measure(np.where(mask[:, :, np.newaxis] > 0, filled, image), mask > 0)
    assert (figures["seam"] or 0) < 1.4
