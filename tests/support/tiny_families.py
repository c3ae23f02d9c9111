"""Tiny real pipelines of further families with random weights: ``python -m tests.support.tiny_families FOLDER [NAME]``.

Beside ``tiny_pipelines``: what differs between families is which arguments a call takes, how latents are laid out, and
which picture steers a ControlNet. Built in a process of their own; nothing is downloaded.
"""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.tiny_pipelines import (
    CARD,
    clip_config,
    clip_tokenizer,
    make_sd,
    make_sdxl,
    qwen_tokenizer,
    t5_config,
    t5_tokenizer,
    tiny_vae,
)


def build_families(folder: Path) -> dict[str, Path]:
    """All that there are as folders, by name. Blocking: some seconds."""
    command = [sys.executable, "-m", "tests.support.tiny_families", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return {name: folder / name for name in (*FAMILIES, *REFUSED, REFUSED_BY_NAME)}


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    makers = {**FAMILIES, **_REFUSED_MAKERS}
    for name in sys.argv[2:] or makers:
        makers[name](folder).save_pretrained(folder / name, safe_serialization=True)
        (folder / name / "README.md").write_text(CARD, encoding="utf-8")


def make_sd3(folder: Path) -> Any:
    """Stable Diffusion 3, as an ordinary text-to-image pipeline."""
    from diffusers import StableDiffusion3Pipeline

    return StableDiffusion3Pipeline(transformer=_sd3_transformer(), **_sd3_parts(folder))


def make_sd3_control(folder: Path) -> Any:
    """SD3's ControlNet for inpainting: the picture goes in as the control picture, beside the mask."""
    import torch
    from diffusers import SD3ControlNetModel, StableDiffusion3ControlNetInpaintingPipeline

    torch.manual_seed(2)
    net = SD3ControlNetModel(
        sample_size=32, patch_size=1, in_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=32, caption_projection_dim=32, pooled_projection_dim=64, out_channels=16,
        extra_conditioning_channels=1,
    )  # fmt: skip
    parts = _sd3_parts(folder)
    return StableDiffusion3ControlNetInpaintingPipeline(transformer=_sd3_transformer(), controlnet=net, **parts)


def make_flux_base(folder: Path) -> Any:
    """Flux without fill channels, as an ordinary text-to-image pipeline."""
    from diffusers import FluxPipeline

    return FluxPipeline(transformer=_flux_transformer(), **_flux_parts(folder))


def make_kontext(folder: Path) -> Any:
    """Flux Kontext for inpainting."""
    from diffusers import FluxKontextInpaintPipeline

    return FluxKontextInpaintPipeline(transformer=_flux_transformer(), **_flux_parts(folder))


def make_flux_control(folder: Path) -> Any:
    """Flux with a ControlNet beside it."""
    import torch
    from diffusers import FluxControlNetInpaintPipeline, FluxControlNetModel

    torch.manual_seed(2)
    net = FluxControlNetModel(
        patch_size=1, in_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return FluxControlNetInpaintPipeline(transformer=_flux_transformer(), controlnet=net, **_flux_parts(folder))


def make_klein(folder: Path) -> Any:
    """Flux 2 Klein for inpainting: another decoder, and a language model that reads the prompt."""
    import torch
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinInpaintPipeline,
        Flux2Transformer2DModel,
    )

    torch.manual_seed(0)
    transformer = Flux2Transformer2DModel(
        patch_size=1, in_channels=32, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=48, timestep_guidance_channels=256, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    vae = AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, latent_channels=8,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, norm_num_groups=4, sample_size=32,
    )  # fmt: skip
    return Flux2KleinInpaintPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae, transformer=transformer, tokenizer=qwen_tokenizer(),
        # The prompt is read from the layers 9, 18 and 27.
        text_encoder=_qwen3(28, with_head=True),
    )  # fmt: skip


def make_qwen(folder: Path) -> Any:
    """Qwen Image, as an ordinary text-to-image pipeline."""
    from diffusers import QwenImagePipeline

    return QwenImagePipeline(**_qwen_parts())


def make_qwen_control(folder: Path) -> Any:
    """Qwen Image's ControlNet for inpainting."""
    import torch
    from diffusers import QwenImageControlNetInpaintPipeline, QwenImageControlNetModel

    torch.manual_seed(2)
    net = QwenImageControlNetModel(
        patch_size=2, in_channels=64, out_channels=16, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=16, axes_dims_rope=(8, 4, 4), extra_condition_channels=4,
    )  # fmt: skip
    return QwenImageControlNetInpaintPipeline(controlnet=net, **_qwen_parts())


def make_qwen_edit(folder: Path) -> Any:
    """Qwen Image Edit; its processor of pictures needs torchvision, so that no test builds it."""
    from diffusers import QwenImageEditInpaintPipeline
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2VLImageProcessor, Qwen2VLProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    parts = _qwen_parts()
    special = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokenizer = qwen_tokenizer(*special)
    start, end, image, video = tokenizer.convert_tokens_to_ids(list(special))
    config = parts["text_encoder"].config
    config.vision_start_token_id, config.vision_end_token_id = start, end
    config.image_token_id, config.video_token_id = image, video
    parts["text_encoder"] = Qwen2_5_VLForConditionalGeneration(config)
    sizes: Any = {"min_pixels": 56 * 56, "max_pixels": 112 * 112}
    processor = Qwen2VLProcessor(Qwen2VLImageProcessor(**sizes), tokenizer, Qwen2VLVideoProcessor(**sizes))
    return QwenImageEditInpaintPipeline(**{**parts, "tokenizer": tokenizer}, processor=processor)


def make_z_image(folder: Path) -> Any:
    """Z-Image, as an ordinary text-to-image pipeline."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

    torch.manual_seed(0)
    transformer: Any = ZImageTransformer2DModel(
        in_channels=16, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16,
        axes_dims=[8, 4, 4], axes_lens=[512, 64, 64],
    )  # fmt: skip
    with torch.no_grad():
        for token in (transformer.x_pad_token, transformer.cap_pad_token):
            token.fill_(1.0)
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=tiny_vae(16), transformer=transformer,
        tokenizer=qwen_tokenizer(), text_encoder=_qwen3(2, with_head=False),
    )  # fmt: skip


def make_chroma(folder: Path) -> Any:
    """Chroma for inpainting: Flux without guidance as an input."""
    import torch
    from diffusers import ChromaInpaintPipeline, ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler
    from transformers import T5EncoderModel

    torch.manual_seed(0)
    transformer = ChromaTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, axes_dims_rope=(4, 4, 8), approximator_hidden_dim=32, approximator_layers=1,
        approximator_num_channels=16,
    )  # fmt: skip
    return ChromaInpaintPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=tiny_vae(16), transformer=transformer,
        text_encoder=T5EncoderModel(t5_config()), tokenizer=t5_tokenizer(),
    )  # fmt: skip


def make_sd_control(folder: Path) -> Any:
    """SD 1.5 with a ControlNet beside it."""
    from diffusers import StableDiffusionControlNetInpaintPipeline

    parts = make_sd(folder, channels=4).components
    net = _control_net(cross_attention_dim=32)
    return StableDiffusionControlNetInpaintPipeline(**parts, controlnet=net, requires_safety_checker=False)


def make_sdxl_control(folder: Path) -> Any:
    """SDXL with a ControlNet beside it."""
    from diffusers import StableDiffusionXLControlNetInpaintPipeline

    parts = make_sdxl(folder).components
    net = _control_net(
        cross_attention_dim=64, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80, use_linear_projection=True, attention_head_dim=(2, 4),
        transformer_layers_per_block=(1, 1),
    )  # fmt: skip
    return StableDiffusionXLControlNetInpaintPipeline(**parts, controlnet=net)


def make_z_image_control(folder: Path) -> Any:
    """Z-Image's ControlNet for inpainting."""
    import torch
    from diffusers import ZImageControlNetInpaintPipeline, ZImageControlNetModel

    parts = make_z_image(folder).components
    torch.manual_seed(2)
    net = ZImageControlNetModel(
        control_layers_places=[0], control_refiner_layers_places=[0], control_in_dim=33, dim=32, n_refiner_layers=1,
        n_heads=2, n_kv_heads=2,
    )  # fmt: skip
    return ZImageControlNetInpaintPipeline(**parts, controlnet=net)


def make_sdxl_union(folder: Path, kinds: int = 8) -> Any:
    """SDXL with one net that knows several kinds of pictures, repainting among them."""
    import torch
    from diffusers import ControlNetUnionModel, StableDiffusionXLControlNetUnionInpaintPipeline

    torch.manual_seed(2)
    net = ControlNetUnionModel(
        block_out_channels=(16, 32), layers_per_block=1, in_channels=4, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=(2, 4), use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=8, transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=80, cross_attention_dim=64, num_control_type=kinds,
        num_trans_channel=16, num_trans_head=2, num_trans_layer=1, num_proj_channel=16,
        conditioning_embedding_out_channels=(8, 16, 16, 16),
    )  # fmt: skip
    parts = make_sdxl(folder).components
    return StableDiffusionXLControlNetUnionInpaintPipeline(**parts, controlnet=net)


def make_edges(folder: Path) -> Any:
    """Flux that is steered by a picture of edges in further input channels."""
    from diffusers import FluxControlInpaintPipeline

    return FluxControlInpaintPipeline(transformer=_flux_transformer(128), **_flux_parts(folder))


def make_poses(folder: Path) -> Any:
    """A net that knows several kinds of pictures, but not repainting."""
    return make_sdxl_union(folder, kinds=6)


FAMILIES: dict[str, Callable[[Path], Any]] = {
    "sd3": make_sd3,
    "flux-base": make_flux_base,
    "kontext": make_kontext,
    "klein": make_klein,
    "qwen": make_qwen,
    "z-image": make_z_image,
    "chroma": make_chroma,
    "sd-control": make_sd_control,
    "sdxl-control": make_sdxl_control,
    "sd3-control": make_sd3_control,
    "flux-control": make_flux_control,
    "qwen-control": make_qwen_control,
    "z-image-control": make_z_image_control,
    "sdxl-union": make_sdxl_union,
}
#: What the refusal of the others says.
REFUSED = {"poses": "knows no repainting"}
#: Refused before it is loaded.
REFUSED_BY_NAME = "edges"
_REFUSED_MAKERS: dict[str, Callable[[Path], Any]] = {"edges": make_edges, "poses": make_poses}


def _sd3_transformer() -> Any:
    import torch
    from diffusers import SD3Transformer2DModel

    torch.manual_seed(0)
    return SD3Transformer2DModel(
        sample_size=32, patch_size=1, in_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=32, caption_projection_dim=32, pooled_projection_dim=64, out_channels=16,
    )  # fmt: skip


def _sd3_parts(folder: Path) -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler
    from transformers import CLIPTextModelWithProjection, T5EncoderModel

    first, second = clip_tokenizer(folder), clip_tokenizer(folder)
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": tiny_vae(16),
        "text_encoder": CLIPTextModelWithProjection(clip_config()),
        "text_encoder_2": CLIPTextModelWithProjection(clip_config()),
        "text_encoder_3": T5EncoderModel(t5_config()),
        "tokenizer": first,
        "tokenizer_2": second,
        "tokenizer_3": t5_tokenizer(),
    }


def _flux_transformer(channels: int = 64) -> Any:
    import torch
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(0)
    return FluxTransformer2DModel(
        patch_size=1, in_channels=channels, out_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )  # fmt: skip


def _flux_parts(folder: Path) -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler
    from transformers import CLIPTextModel, T5EncoderModel

    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": tiny_vae(16),
        "text_encoder": CLIPTextModel(clip_config()),
        "tokenizer": clip_tokenizer(folder),
        "text_encoder_2": T5EncoderModel(t5_config()),
        "tokenizer_2": t5_tokenizer(),
    }


def _qwen_parts() -> dict[str, Any]:
    import torch
    from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    transformer = QwenImageTransformer2DModel(
        patch_size=2, in_channels=64, out_channels=16, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=16, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    torch.manual_seed(1)
    vae = AutoencoderKLQwenImage(
        base_dim=8, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 16, latents_std=[1.0] * 16,
    )  # fmt: skip
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_key_value_heads": 2}
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"}
    config = Qwen2_5_VLConfig(  # type: ignore[call-arg]
        text_config={**sizes, "num_hidden_layers": 2, "rope_scaling": rope, "rope_theta": 1e6, "vocab_size": 300},
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16},
        vision_end_token_id=1, vision_start_token_id=2, vision_token_id=3, image_token_id=4, video_token_id=5,
    )  # fmt: skip
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": vae,
        "transformer": transformer,
        "text_encoder": Qwen2_5_VLForConditionalGeneration(config),
        "tokenizer": qwen_tokenizer(),
    }


def _qwen3(layers: int, *, with_head: bool) -> Any:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3Model

    torch.manual_seed(0)
    config = Qwen3Config(
        hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2, head_dim=8,
        num_key_value_heads=2, vocab_size=300, max_position_embeddings=1024,
    )  # fmt: skip
    return Qwen3ForCausalLM(config) if with_head else Qwen3Model(config)


def _control_net(**more: Any) -> Any:
    import torch
    from diffusers import ControlNetModel

    torch.manual_seed(2)
    net: Any = ControlNetModel(**{
        "block_out_channels": (16, 32), "layers_per_block": 1, "in_channels": 4, "norm_num_groups": 8,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"), "attention_head_dim": 8,
        "conditioning_embedding_out_channels": (8, 16, 16, 16), **more,
    })  # fmt: skip
    with torch.no_grad():  # untrained ones add nothing at all
        for layer in net.controlnet_down_blocks:
            torch.nn.init.normal_(layer.weight, std=0.1)
    return net


if __name__ == "__main__":
    main()
