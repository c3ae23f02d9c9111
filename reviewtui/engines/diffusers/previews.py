"""What a half-made picture looks like: its latents through a small matrix, measured on the model's own encoder.

No decoder runs. Runs in an engine's process only. Randomness of the run is never touched.
"""

import time
from typing import Any

import numpy as np

from reviewtui.engines.diffusers.inputs import Pixels, scaled
from reviewtui.engines.diffusers.latents import ENCODERS, encoded, unpacked
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.model.geometry import PixelSize

_INTERVAL_S = 0.2
_CHART_PX = 256


class Previewer:
    """Previews of one run. Whatever cannot be shown gives None."""

    def __init__(self, model: LoadedModel, image: Pixels, sampled: PixelSize) -> None:
        """Remember what is needed; nothing is measured yet.

        Args:
            image: (H, W, 3) uint8 crop as it came; colours are measured on it once per loaded model.
            sampled: size that the pipeline works at.
        """
        self._model = model
        self._image = image
        self._sampled = sampled
        self._shown_at_s = float("-inf")

    def is_due(self) -> bool:
        """Whether it is time for one: five times a second at most, counted from the last yes."""
        now_s = time.monotonic()
        if now_s - self._shown_at_s < _INTERVAL_S:
            return False
        self._shown_at_s = now_s
        return True

    def look(self, latents: Any) -> Pixels | None:
        """The first picture of a batch of latents at the crop's size."""
        seen = unpacked(self._model.pipe, latents, self._sampled, self._model.cell_px)
        if seen is None or self._matrix(seen.shape[0]) is None:
            return None
        values = seen.numpy()
        matrix, spread = self._matrix(values.shape[0])
        # Early latents are mostly noise of any size; held to the spread of finished ones they stay in range.
        now = values * min(1.0, spread / max(float(values.std()), 1e-6))
        colors = np.einsum("chw,cd->hwd", now, matrix[:-1]) + matrix[-1]
        if not np.isfinite(colors).all():
            return None
        small = np.clip(np.rint(colors * 255), 0, 255).astype(np.uint8)
        return scaled(small, PixelSize(self._image.shape[1], self._image.shape[0]))

    def _matrix(self, channels: int) -> Any:
        model = self._model
        if model.preview_matrix is None:
            model.preview_matrix = self._measured()
        found = model.preview_matrix
        return found if found is not False and found[0].shape[0] == channels + 1 else None

    def _measured(self) -> Any:
        """(channels + 1, 3) from latents and a constant to colours, and the latents' spread; False without either."""
        import torch

        vae: Any = getattr(self._model.pipe, "vae", None)
        if self._model.is_offloaded or type(vae).__name__ not in ENCODERS:
            return False
        cell = self._model.cell_px
        side = _CHART_PX - _CHART_PX % cell
        chart = scaled(self._image, PixelSize(side, side))
        with torch.no_grad():
            tensor = torch.from_numpy(chart.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
            latents = encoded(vae, tensor)
        flat = latents.flatten(1).T.numpy()
        colors = scaled(chart, PixelSize(latents.shape[2], latents.shape[1])).reshape(-1, 3) / 255
        design = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
        # A little ridge, so that a crop of one colour gives a matrix too.
        square = design.T @ design + 1e-3 * len(flat) * np.eye(design.shape[1])
        matrix = np.linalg.solve(square, design.T @ colors)
        return (matrix, float(flat.std())) if np.isfinite(matrix).all() else False
