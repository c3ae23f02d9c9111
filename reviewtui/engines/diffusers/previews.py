"""What a half-made picture looks like: its latents through a small matrix, measured on the model's own encoder.

No decoder runs. Runs in an engine's process only. Randomness of the run is never touched.
"""

import time
from typing import Any

import numpy as np

from reviewtui.engines.diffusers.inputs import Pixels, scaled
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.model.geometry import PixelSize

_CHANNELS = (4, 16)
_ENCODERS = ("AutoencoderKL",)
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

    def look(self, latents: Any) -> Pixels | None:
        """The first picture of a batch of latents at the crop's size, not more often than five times a second."""
        now_s = time.monotonic()
        if now_s - self._shown_at_s < _INTERVAL_S:
            return None
        self._shown_at_s = now_s
        unpacked = self._unpacked(latents)
        if unpacked is None or self._matrix(unpacked.shape[0]) is None:
            return None
        matrix, spread = self._matrix(unpacked.shape[0])
        # Early latents are mostly noise of any size; held to the spread of finished ones they stay in range.
        now = unpacked * min(1.0, spread / max(float(unpacked.std()), 1e-6))
        colors = np.einsum("chw,cd->hwd", now, matrix[:-1]) + matrix[-1]
        if not np.isfinite(colors).all():
            return None
        small = np.clip(np.rint(colors * 255), 0, 255).astype(np.uint8)
        return scaled(small, PixelSize(self._image.shape[1], self._image.shape[0]))

    def _unpacked(self, latents: Any) -> Any:
        """(channels, height, width) of float32 in main memory, or None for a layout that is not known."""
        first = latents[:1]
        if first.ndim == 3 and first.shape[2] in {4 * channels for channels in _CHANNELS}:
            unpack = getattr(self._model.pipe, "_unpack_latents", None)
            if unpack is None:
                return None
            first = unpack(first, self._sampled.height, self._sampled.width, self._model.cell_px)
            first = first[:, :, 0] if first.ndim == 5 else first
        if first.ndim != 4 or first.shape[1] not in _CHANNELS:
            return None
        return first[0].detach().float().cpu().numpy()

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
        if self._model.is_offloaded or type(vae).__name__ not in _ENCODERS:
            return False
        cell = self._model.cell_px
        side = _CHART_PX - _CHART_PX % cell
        chart = scaled(self._image, PixelSize(side, side))
        with torch.no_grad():
            tensor = torch.from_numpy(chart.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
            encoded = vae.encode(tensor.to(vae.device, vae.dtype))
            latents = encoded.latent_dist.mode()[0].float()
            latents = (latents - (getattr(vae.config, "shift_factor", None) or 0)) * vae.config.scaling_factor
            flat = latents.flatten(1).T.cpu().numpy()
        colors = scaled(chart, PixelSize(latents.shape[2], latents.shape[1])).reshape(-1, 3) / 255
        design = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
        # A little ridge, so that a crop of one colour gives a matrix too.
        square = design.T @ design + 1e-3 * len(flat) * np.eye(design.shape[1])
        matrix = np.linalg.solve(square, design.T @ colors)
        return (matrix, float(flat.std())) if np.isfinite(matrix).all() else False
