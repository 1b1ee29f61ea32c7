"""The frozen model behind every picture: reads text, predicts noise, turns pixels into latents and back.

Any model of the Stable Diffusion architecture: one or two CLIP text encoders, a UNet with cross-attention, a VAE.
It is never changed, only visited; see `seams`.
"""

import hashlib
import json
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from pipelines import references, seams
from pipelines.artefact import fingerprint
from pipelines.conditioning import Conditioning, once, spell
from pipelines.device import Machine, holding, machine
from pipelines.doors import open_doors
from pipelines.errors import BadInput, MissingModel
from pipelines.schedule import Schedule
from pipelines.single_file import opened
from pipelines.traits import STARTER, Traits, foreign, traits
from pipelines.visit import adapted

open_doors()

from diffusers import (  # noqa: E402
    AutoencoderKL,
    DDIMScheduler,
    ModelMixin,
    UNet2DConditionModel,
)
from transformers import (  # noqa: E402
    AutoTokenizer,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

_last: dict[str, Any] = {}
PROCESSOR = Machine("cpu", "CPU", "float32", "whole", 1, 0)


@dataclass(frozen=True)
class Reader:
    """A tokenizer and its text encoder. `part` is the encoder's name among the backbone's parts."""

    part: str
    tokenizer: Any
    model: nn.Module


class Backbone:
    """A frozen base model on one device.

    Attributes:
        parts: "unet", "vae", "text" and, with two text encoders, "text2".
        schedule: its noise; see `schedule.Schedule`.
        factor: pixels per latent cell. grain: sides of a picture are multiples of this many pixels. size: its own side.
        name, hash: which model it is, for a person and for certain. vae_hash: the same of the VAE alone.
    """

    def __init__(
        self,
        unet: nn.Module,
        vae: nn.Module,
        readers: Sequence[tuple[Any, nn.Module]],
        noise: Mapping[str, Any],
        name: str,
        marks: tuple[str, str],
        host: Machine,
        zeros_for_empty: bool = False,
    ):
        self.machine, self.device, self.dtype = host, torch.device(host.device), getattr(torch, host.dtype)
        self.name, (self.hash, self.vae_hash) = name, marks
        self.unet, self.vae = unet, vae
        parts = zip(("text", "text2"), readers, strict=False)
        self.readers = tuple(Reader(part, tokenizer, model) for part, (tokenizer, model) in parts)
        self.parts: dict[str, nn.Module] = {"unet": unet, "vae": vae} | {r.part: r.model for r in self.readers}
        self._two, self.zeros_for_empty, self._stage = len(readers) > 1, zeros_for_empty, None
        self.schedule = Schedule(
            DDIMScheduler.from_config(noise).alphas_cumprod.float(),
            noise.get("prediction_type", "epsilon"),
            noise.get("timestep_spacing", "leading"),
            noise.get("steps_offset", 0),
        )
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.grain = self.factor * 2 ** (len(unet.config.block_out_channels) - 1)
        self.size = self.factor * unet.config.sample_size
        self.channels = vae.config.latent_channels
        self._vae_dtype = torch.float32 if vae.config.force_upcast else self.dtype
        for part, model in self.parts.items():
            model.requires_grad_(False).eval()
            wanted = self._vae_dtype if part == "vae" else self.dtype
            if model.dtype != wanted:
                model.to(dtype=wanted)
        if host.memory == "whole":
            for model in self.parts.values():
                model.to(self.device)
        else:
            unet.enable_gradient_checkpointing(self._twice)
            vae.enable_slicing()
            vae.enable_tiling()

    @property
    def traits(self) -> Traits:
        """How it is built, as far as methods ask."""
        return traits(self.unet.config, len(self.readers))

    @classmethod
    def load(cls, base: str, host: Machine | None = None) -> "Backbone":
        """Load a base model from this machine's disk; nothing is fetched.

        Args:
            base: "starter", a folder in diffusers' layout, or a single .safetensors file (SD 1.x, SD 2.x, SDXL).

        Raises:
            MissingModel: when it is not there, or a part of it is missing.
            BadInput: when it is damaged, or something else than a Stable Diffusion model in safetensors form.
        """
        host = host or machine()
        path = STARTER if base == "starter" else Path(base).expanduser()
        if path.suffix in (".ckpt", ".pt", ".pth", ".bin"):
            advice = "Such files can run code when opened. Choose the .safetensors file of the same model."
            raise BadInput(f"{path.name} is a pickle, which is not opened here.", advice)
        if path.suffix == ".safetensors":
            unet, vae, readers, noise = opened(path)
            mark = fingerprint([path])
            return cls(unet, vae, readers, noise, base, (mark, mark), host, zeros_for_empty=len(readers) > 1)
        if not (path / "model_index.json").is_file():
            advice = "Choose a folder with a model_index.json in it, or a .safetensors file, on the Models page."
            raise MissingModel(f"There is no model at “{base}”.", advice)
        return cls._from_folder(path, base, host)

    @classmethod
    def at_hand(cls, base: str) -> "Backbone":
        """`load`, but the model loaded last is handed out again while its files stay: visits leave it as it was."""
        path = STARTER / "model_index.json" if base == "starter" else Path(base).expanduser()
        stamp = base, machine(), path.stat().st_mtime_ns if path.exists() else 0
        if _last.get("stamp") != stamp:
            _last.clear()
            with holding(base):
                _last.update(stamp=stamp, backbone=cls.load(base))
        return _last["backbone"]

    @classmethod
    def _from_folder(cls, path: Path, base: str, host: Machine) -> "Backbone":
        index = json.loads((path / "model_index.json").read_text(encoding="utf-8"))
        kinds = {"CLIPTextModel": CLIPTextModel, "CLIPTextModelWithProjection": CLIPTextModelWithProjection}
        try:
            noise = json.loads((path / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
            if why := foreign(index, noise):
                raise BadInput(f"“{base}” {why}.", "Choose an SD 1.5 or SDXL model.")
            unet, vae = _part(UNet2DConditionModel, path / "unet"), _part(AutoencoderKL, path / "vae")
            readers = []
            for end in ("", "_2"):
                if index.get(f"text_encoder{end}", [None, None])[1] in kinds:
                    kind = kinds[index[f"text_encoder{end}"][1]]
                    tokenizer = AutoTokenizer.from_pretrained(path / f"tokenizer{end}", local_files_only=True)
                    readers.append((tokenizer, _part(kind, path / f"text_encoder{end}")))
        except OSError as error:
            raise MissingModel(f"A part of “{base}” is missing.", f"Fetch it again in Models ({error}).") from error
        _refuse_other_shapes(unet, base)
        marks = tuple(fingerprint((path / part).glob("*.safetensors")) for part in ("unet", "vae"))
        return cls(unet, vae, readers, noise, base, marks, host, bool(index.get("force_zeros_for_empty_prompt")))

    @contextmanager
    def adapted(
        self, voices: Mapping[str, seams.Voice] | None = None, ops: Sequence[seams.AttentionOp] = (), encoders=()
    ) -> Iterator[seams.Stage]:
        """Visit the model; see `visit.adapted`."""
        with adapted(self.parts, voices, ops, encoders) as stage:
            before, self._stage = self._stage, stage
            try:
                yield stage
            finally:
                self._stage = before

    def encode(self, prompts: Sequence[str], stage: seams.Stage | None = None) -> Conditioning:
        """Read prompts; taught words are spoken by the voices of `stage`.

        Raises:
            UnknownToken: for a word in <angle brackets> that no voice knows.
        """
        lexicon, nouns, deep = (stage.lexicon(), stage.nouns(), stage.deep()) if stage else ({}, {}, {})
        states, pooled = [], None
        for reader in self.readers:
            self._bring(reader.part)
            spelt = [spell(once(prompt, nouns), lexicon, reader.tokenizer) for prompt in prompts]
            copies = [s.copies(lexicon, deep) for s in spelt]
            ids = torch.tensor([row for rows in copies for row in rows], device=self.device)
            answer = self._read(reader, ids, stage)
            hidden = answer.hidden_states[-2] if self._two else answer.last_hidden_state
            states.append(stage.spoken(reader.part, ids, hidden) if stage else hidden)
            pooled = getattr(answer, "text_embeds", None)
        text = torch.cat(states, dim=-1)
        if self.zeros_for_empty:
            said = [bool(prompt) for prompt, rows in zip(prompts, copies, strict=True) for _ in rows]
            heard = torch.tensor(said, device=self.device)
            text = text * heard[:, None, None]
            pooled = None if pooled is None else pooled * heard[:, None]
        if len(text) > len(prompts):
            which = _layered([len(rows) for rows in copies]).to(self.device)
            text, pooled = text[which], None if pooled is None else pooled[which].mean(1)
        return Conditioning(text, pooled, *(tuple(getattr(s, what) for s in spelt) for what in ("spans", "cut", "end")))

    def _read(self, reader: Reader, ids: Tensor, stage: seams.Stage | None) -> Any:
        """One encoder's answer to ids (B, M). Taught words go in as any ordinary token, and are put in their places
        behind the token embedding."""
        special = set(reader.tokenizer.all_special_ids)
        ordinary = next(i for i in range(len(special) + 1) if i not in special)
        embedding = next(m for name, m in reader.model.named_modules() if name.endswith("token_embedding"))
        layer = next(f"{reader.part}.{name}" for name, m in reader.model.named_modules() if m is embedding)
        hook = embedding.register_forward_hook(lambda m, args, y: stage.spoken(layer, ids, y) if stage else y)
        try:
            return reader.model(ids.masked_fill(ids < 0, ordinary), output_hidden_states=self._two)
        finally:
            hook.remove()

    def predict(self, x: Tensor, t: Tensor, conditioning: Conditioning) -> Tensor:
        """What the network answers at latents x (B, C, H, W) and time steps (B,): float32, see `Schedule.target`."""
        if self._stage and self._stage.encoders:
            references.look(self, self._stage, t, conditioning)
        self._bring("unet")
        added = None
        if conditioning.pooled is not None:
            high, wide = x.shape[-2] * self.factor, x.shape[-1] * self.factor
            sizes = torch.tensor([[high, wide, 0, 0, high, wide]], device=x.device, dtype=self.dtype)
            added = {"text_embeds": conditioning.pooled, "time_ids": sizes.expand(len(x), 6)}
        text = conditioning.text
        return self.unet(x.to(self.dtype), t, text, added_cond_kwargs=added, return_dict=False)[0].float()

    @torch.no_grad()
    def posterior(self, pixels: Tensor) -> Tensor:
        """Mean and deviation of the latents of pixels (B, 3, H, W) in 0 to 1: (B, 2, C, h, w), float32."""
        self._bring("vae")
        held = self.vae.encode((pixels * 2 - 1).to(self.device, self._vae_dtype)).latent_dist
        shift, scale = self._latent_scale()
        return torch.stack([(held.mean.float() - shift) * scale, held.std.float() * scale], dim=1)

    @torch.no_grad()
    def to_pixels(self, latents: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in 0 to 1 of latents (B, C, h, w)."""
        self._bring("vae")
        shift, scale = self._latent_scale()
        decoded = self.vae.decode((latents / scale + shift).to(self._vae_dtype), return_dict=False)[0]
        return (decoded.float() / 2 + 0.5).clamp(0, 1)

    def ids(self, text: str) -> list[int]:
        """The token ids of a text, without start and end; the same for all readers of a base."""
        return self.readers[0].tokenizer(text, add_special_tokens=False).input_ids

    def _latent_scale(self) -> tuple[float, float]:
        return self.vae.config.shift_factor or 0.0, self.vae.config.scaling_factor

    def _bring(self, part: str) -> None:
        """Where memory is short, one part is on the device at a time. While something learns, those that came stay: a
        gradient may have to go back through them."""
        if self.machine.memory != "whole":
            learns = self._stage is not None and self._stage.learns()
            for name, model in self.parts.items():
                if name == part or not learns:
                    model.to(self.device if name == part else "cpu")

    def _twice(self, layer: nn.Module, *given: Any) -> Any:
        """What a layer answers, keeping nothing for the way back of a gradient: it is asked again then, and finds the
        stage as it was the first time."""
        stage = self._stage
        again = (lambda: (nullcontext(), stage.again())) if stage else (lambda: (nullcontext(), nullcontext()))
        return checkpoint(layer.__call__, *given, use_reentrant=False, context_fn=again)

    @classmethod
    def tiny(
        cls,
        seed: int = 0,
        kind: Literal["sd", "sdxl"] = "sd",
        prediction: Literal["epsilon", "v_prediction"] = "epsilon",
        host: Machine = PROCESSOR,
    ) -> "Backbone":
        """A model of the real classes with random weights, 64-pixel pictures and a tokenizer of single letters."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            mark = hashlib.sha256(f"{kind}-{seed}".encode()).hexdigest()[:16]
            return cls(*_tiny(kind), _tiny_noise(prediction), f"tiny-{kind}", (mark, mark), host, kind == "sdxl")


def _layered(copies: Sequence[int]) -> Tensor:
    """(B, S): the row that each prompt hears in each layer; prompt i was read `copies[i]` times, once or S times."""
    first = [sum(copies[:i]) for i in range(len(copies))]
    return torch.tensor([[a + s % n for s in range(max(copies))] for a, n in zip(first, copies, strict=True)])


def _part(kind: type, folder: Path) -> Any:
    """One network of a diffusers folder, in float32; the fp16 files when there are no others."""
    plain = any(p.name.endswith("model.safetensors") or ".index." in p.name for p in folder.glob("*"))
    precise = {"torch_dtype" if issubclass(kind, ModelMixin) else "dtype": torch.float32}
    variant = None if plain else "fp16"
    return kind.from_pretrained(folder, local_files_only=True, use_safetensors=True, variant=variant, **precise)


def _refuse_other_shapes(unet: nn.Module, base: str) -> None:
    if unet.config.in_channels != unet.config.out_channels:
        raise BadInput(f"“{base}” is made for inpainting or editing.", "Choose a model that makes pictures from text.")


def _tiny(kind: str) -> tuple[nn.Module, nn.Module, list[tuple[Any, nn.Module]]]:
    xl = kind == "sdxl"
    letters = string.ascii_lowercase + string.digits + string.punctuation
    signs = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    tokenizer = CLIPTokenizer(vocab={sign: i for i, sign in enumerate(signs)}, merges=[], model_max_length=77)
    widths = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4, projection_dim=16)
    config = CLIPTextConfig(vocab_size=len(signs), bos_token_id=0, eos_token_id=1, pad_token_id=1, **widths)
    kinds = (CLIPTextModel, CLIPTextModelWithProjection) if xl else (CLIPTextModel,)
    readers = [(tokenizer, kind(config)) for kind in kinds]
    added = dict(addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=64)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=64 if xl else 32,
        attention_head_dim=4,
        norm_num_groups=16,
        **(added if xl else {}),
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16), layers_per_block=1, norm_num_groups=4, latent_channels=4,
    )  # fmt: skip
    return unet, vae, readers


def _tiny_noise(prediction: str) -> dict[str, Any]:
    settings = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction)
    if prediction == "v_prediction":
        return settings | dict(timestep_spacing="trailing", rescale_betas_zero_snr=True)
    return settings | dict(timestep_spacing="leading", steps_offset=1)
