"""Where latents lie in memory, by family: packed for a transformer or not, scaled for it or not.

Runs in an engine's process only. Whatever is not known gives None: latents are only looked at for previews.
"""

from typing import Any

from reviewtui.model.geometry import PixelSize

#: Classes whose encoder's answer can be told; others are not asked.
ENCODERS = ("AutoencoderKL", "AutoencoderKLFlux2", "AutoencoderKLQwenImage")
_CHANNELS = (4, 8, 16, 32)


def unpacked(pipe: Any, latents: Any, size: PixelSize, cell_px: int) -> Any:
    """The first of a batch as (channels, rows, columns) of float32 in main memory, as the encoder counts them; or None.

    Args:
        latents: as a pipeline hands them to its callback.
        size: that is sampled.
        cell_px: side of the square of pixels behind one latent.
    """
    first = latents[:1]
    if first.ndim == 3:
        first = _from_tokens(pipe, first, size, cell_px)
    if first is not None and first.ndim == 5:
        first = first[:, :, 0]
    if first is None or first.ndim != 4 or first.shape[1] not in _CHANNELS:
        return None
    return first[0].detach().float().cpu()


def _from_tokens(pipe: Any, tokens: Any, size: PixelSize, cell_px: int) -> Any:
    """Squares of two by two latents, one after the other, laid out again."""
    rows, columns = size.height // cell_px // 2, size.width // cell_px // 2
    if tokens.shape[1] != rows * columns:
        return None
    if (unpack := getattr(pipe, "_unpack_latents", None)) is not None:
        return unpack(tokens, size.height, size.width, cell_px)
    if (unpatch := getattr(pipe, "_unpatchify_latents", None)) is not None:
        grid = tokens.view(1, rows, columns, -1).permute(0, 3, 1, 2)
        norm = pipe.vae.bn
        spread = (norm.running_var.view(1, -1, 1, 1) + pipe.vae.config.batch_norm_eps).sqrt()
        return unpatch(grid * spread.to(grid) + norm.running_mean.view(1, -1, 1, 1).to(grid))
    return None


def encoded(vae: Any, pixels: Any) -> Any:
    """The latents that a pipeline would start from without noise, (channels, rows, columns) of float32 in main memory.

    Args:
        vae: of a class in ``ENCODERS``.
        pixels: (1, 3, H, W) of -1 to 1.
    """
    import torch

    is_video = type(vae).__name__ == "AutoencoderKLQwenImage"
    batch = pixels.to(vae.device, vae.dtype)
    latents = vae.encode(batch[:, :, None] if is_video else batch).latent_dist.mode().float()
    config = vae.config
    if is_video:
        latents = latents[:, :, 0]
        mean, spread = (torch.tensor(values).view(1, -1, 1, 1) for values in (config.latents_mean, config.latents_std))
        latents = (latents - mean.to(latents)) / spread.to(latents)
    elif (scale := getattr(config, "scaling_factor", None)) is not None:
        latents = (latents - (getattr(config, "shift_factor", None) or 0)) * scale
    return latents[0].cpu()
