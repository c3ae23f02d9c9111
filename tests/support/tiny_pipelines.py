"""Tiny real pipelines of three families with random weights: ``python -m tests.support.tiny_pipelines FOLDER``.

Built in a process of their own, because the model libraries warn and take seconds to import; a test session builds them
once. Nothing is downloaded: the tokenizers are made here, of bytes.
"""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

FAMILIES = ("sd", "sdxl", "flux")
CARD = "---\nlicense: apache-2.0\n---\nRandom weights.\n"


def build_pipelines(folder: Path) -> dict[str, Path]:
    """The three pipelines as folders, by family. Blocking: some seconds."""
    subprocess.run(
        [sys.executable, "-m", "tests.support.tiny_pipelines", str(folder)],
        check=True,
        capture_output=True,
        timeout=100,
    )
    return {family: folder / family for family in FAMILIES}


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    for family, make in (("sd", make_sd), ("sdxl", make_sdxl), ("flux", make_flux)):
        make(folder).save_pretrained(folder / family, safe_serialization=True)
        (folder / family / "README.md").write_text(CARD, encoding="utf-8")


def make_sd(folder: Path, channels: int = 9) -> Any:
    """SD 1.5's inpaint architecture; with nine input channels it sees the mask."""
    import torch
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=16, in_channels=channels, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, attention_head_dim=8, norm_num_groups=8,
    )  # fmt: skip
    return StableDiffusionInpaintPipeline(
        vae=tiny_vae(4), text_encoder=CLIPTextModel(clip_config()), tokenizer=clip_tokenizer(folder), unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def make_sdxl(folder: Path) -> Any:
    """SDXL's architecture with four input channels and both text encoders, as an ordinary text-to-image pipeline.

    The loader must turn it into an inpaint pipeline.
    """
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=16, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        cross_attention_dim=64, norm_num_groups=8,
    )  # fmt: skip
    tokenizer = clip_tokenizer(folder)
    return StableDiffusionXLPipeline(
        vae=tiny_vae(4), text_encoder=CLIPTextModel(clip_config()),
        text_encoder_2=CLIPTextModelWithProjection(clip_config()), tokenizer=tokenizer, tokenizer_2=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1),
    )  # fmt: skip


def make_flux(folder: Path) -> Any:
    """Flux Fill's architecture: a transformer over packed latents, with mask and masked picture as further channels."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel, T5EncoderModel

    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=64 + 64 + 256, out_channels=64, num_layers=1, num_single_layers=1,
        attention_head_dim=16, num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8), guidance_embeds=True,
    )  # fmt: skip
    return FluxFillPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=tiny_vae(16), text_encoder=CLIPTextModel(clip_config()),
        tokenizer=clip_tokenizer(folder), text_encoder_2=T5EncoderModel(t5_config()), tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )  # fmt: skip


def tiny_vae(channels: int) -> Any:
    """Eight pixels to a latent, as the large ones have it; 4 channels as SD's, 16 as Flux's."""
    import torch
    from diffusers import AutoencoderKL

    torch.manual_seed(1)
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), in_channels=3, out_channels=3, latent_channels=channels, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1,
        use_quant_conv=channels == 4, use_post_quant_conv=channels == 4, shift_factor=0.1 if channels == 16 else None,
    )  # fmt: skip


def clip_config() -> Any:
    """For the tokens of ``clip_tokenizer``."""
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        bos_token_id=0, eos_token_id=1, pad_token_id=1, hidden_size=32, intermediate_size=37, num_attention_heads=4,
        num_hidden_layers=2, vocab_size=600, projection_dim=32,
    )  # fmt: skip


def t5_config() -> Any:
    """For 256 bytes and three special tokens."""
    from transformers import T5Config

    return T5Config(vocab_size=260, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4)


def clip_tokenizer(folder: Path) -> Any:
    """Two tokens for each of 256 bytes, within and at the end of a word, and the two that begin and end a text."""
    from transformers import CLIPTokenizer

    letters = _byte_letters()
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    vocabulary.write_text(json.dumps({token: index for index, token in enumerate(tokens)}), encoding="utf-8")
    merges.write_text("#version: 0.2\n", encoding="utf-8")
    return CLIPTokenizer.from_pretrained(str(folder), model_max_length=77)


def _byte_letters() -> list[str]:
    """A printable letter for each byte, as byte-level tokenizers have them."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(256 + index) for index in range(len(hidden))]


def t5_tokenizer() -> Any:
    """One token for each of 256 bytes."""
    from tokenizers import Tokenizer
    from tokenizers.models import Unigram
    from transformers import T5TokenizerFast  # type: ignore[attr-defined]

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -5.0) for letter in _byte_letters())]
    return T5TokenizerFast(tokenizer_object=Tokenizer(Unigram(pieces, unk_id=2)), extra_ids=0, model_max_length=77)


def qwen_tokenizer(*more_special: str) -> Any:
    """One token for each of 256 bytes after some special ones, with a chat template."""
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as ByteDecoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import PreTrainedTokenizerFast

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *more_special]
    vocabulary = {token: index for index, token in enumerate([*special, *_byte_letters()])}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteDecoder()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=special[0], eos_token=special[2], additional_special_tokens=special,
        chat_template="{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
