"""What the training scripts of diffusers do in a step, written anew from what they are documented to do.

`examples/dreambooth/train_dreambooth_lora.py` and `examples/textual_inversion/textual_inversion.py` (diffusers at
58eb52c): every step opens a photo, encodes it, reads its words; LoRA is PEFT's, on the UNet; AdamW is not fused;
Textual Inversion hands the whole table of words to AdamW and puts the other rows back. `given` batches take the place
of what a step would draw, so that the arithmetic can be compared.
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil
import torch
from peft import LoraConfig
from PIL import Image, ImageOps
from torch import Tensor, nn

from pipelines.backbone import Backbone
from pipelines.benchmarks.recorded import Drawn
from pipelines.conditioning import spell
from pipelines.glimpse import importance
from pipelines.slope import CLIP

LAYERS = ["to_k", "to_q", "to_v", "to_out.0"]


def picture(path: str | Path, side: int) -> Tensor:
    """(1, 3, side, side), -1 to 1: opened, set upright, scaled, cut in the middle."""
    with Image.open(path) as image:
        image = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), (side, side), Image.Resampling.LANCZOS)
        pixels = torch.from_numpy(np.asarray(image, dtype=np.float32)).permute(2, 0, 1)[None]
    return pixels / 127.5 - 1


def latent(backbone: Backbone, path: str | Path) -> Tensor:
    """A sample of a photo's latents (1, C, h, w)."""
    with torch.no_grad():
        held = backbone.vae.encode(picture(path, backbone.size)).latent_dist
        return held.sample() * backbone.vae.config.scaling_factor


def low_rank(backbone: Backbone, rank: int, start: Mapping[str, Tensor] | None = None) -> nn.Module:
    """A copy of the UNet with PEFT's LoRA on its attentions; `start` are first weights in diffusers' naming."""
    unet = copy.deepcopy(backbone.unet).requires_grad_(False)
    unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=LAYERS))
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if start and "lora_" in name:
                parameter.copy_(start[f"unet.{name.replace('.default.', '.')}"])
    return unet


def dreambooth_lora(
    backbone: Backbone, unet: nn.Module, photos: Sequence[str], prompt: str, steps: int, rate: float, fall: float,
    given: Sequence[Drawn] = (), kept: Sequence[str] = (), kept_prompt: str = "",
) -> list[float]:  # fmt: skip
    """The losses of so many steps of batch 1; with class pictures `kept`, one of them beside each photo."""
    learnt = [one for one in unet.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.01)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: min(1.0, (1 - k / steps) / fall) if fall else 1.0)
    reader, schedule, losses = backbone.readers[0], backbone.schedule, []
    for k in range(steps):
        if given:
            x, t, text, target = given[k].x, given[k].t, given[k].text, given[k].target
        else:
            clean, said = latent(backbone, photos[k % len(photos)]), [prompt]
            if kept:
                clean = torch.cat([clean, latent(backbone, kept[k % len(kept)])])
                said.append(kept_prompt)
            ids = reader.tokenizer(said, padding="max_length", truncation=True, return_tensors="pt").input_ids
            with torch.no_grad():
                text = reader.model(ids).last_hidden_state
            noise, t = torch.randn_like(clean), torch.randint(0, len(schedule.alphas), (len(clean),))
            x, target = schedule.noised(clean, noise, t), schedule.target(clean, noise, t)
        answer = unet(x, t, text, return_dict=False)[0]
        apart = (answer - target).square() * importance(schedule, t)[:, None, None, None]
        loss = sum(part.mean() for part in apart.split(1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, CLIP)
        optimiser.step()
        falling.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    return losses


def textual_inversion(
    backbone: Backbone, photos: Sequence[str], trigger: str, noun: str, prompts: Sequence[str], steps: int, rate: float,
    fall: float, given: Sequence[Drawn] = (),
) -> tuple[Tensor, int]:  # fmt: skip
    """The row (D,) learnt for a word in so many steps of batch 1, and the most memory of the process, in bytes."""
    reader, schedule = backbone.readers[0], backbone.schedule
    encoder = copy.deepcopy(reader.model)
    owner, name = next((m, n) for m in encoder.modules() for n, c in m.named_children() if n == "token_embedding")
    table = getattr(owner, name).weight.detach()
    start = table[backbone.ids(noun)].mean(0, keepdim=True)
    longer = nn.Embedding.from_pretrained(torch.cat([table, start]), freeze=False)
    setattr(owner, name, longer)
    before, word = longer.weight.detach().clone(), len(table)
    others = torch.ones(word + 1, dtype=torch.bool)
    others[word] = False
    optimiser = torch.optim.AdamW(longer.parameters(), lr=rate, weight_decay=0.0)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: min(1.0, (1 - k / steps) / fall) if fall else 1.0)
    most = 0
    for k in range(steps):
        prompt = given[k].prompts[0] if given else prompts[k % len(prompts)]
        ids = torch.tensor([spell(prompt, {trigger: 1}, reader.tokenizer).ids])
        if given:
            x, t, target = given[k].x, given[k].t, given[k].target
        else:
            clean = latent(backbone, photos[k % len(photos)])
            noise, t = torch.randn_like(clean), torch.randint(0, len(schedule.alphas), (1,))
            x, target = schedule.noised(clean, noise, t), schedule.target(clean, noise, t)
        text = encoder(ids.masked_fill(ids < 0, word)).last_hidden_state
        answer = backbone.unet(x, t, text, return_dict=False)[0]
        loss = ((answer - target).square() * importance(schedule, t)[:, None, None, None]).mean()
        loss.backward()
        most = max(most, psutil.Process().memory_info().rss)
        optimiser.step()
        falling.step()
        optimiser.zero_grad()
        with torch.no_grad():
            longer.weight[others] = before[others]
        loss.item()
    return longer.weight.detach()[word].clone(), most
