"""Where this process computes: found once, named in words, asked for by whoever loads a model."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from pipelines.errors import BadInput, NoDevice, OutOfMemory


@dataclass(frozen=True)
class Machine:
    """What was found. `device` is torch's name, `label` a person's; `dtype` the float that suits it; `bytes` the memory
    a model may use; `memory` how models are kept: "whole" on the device, or "in parts" that come and go."""

    device: str
    label: str
    dtype: str
    memory: str
    threads: int
    bytes: int


ROOMY = 7 * 2**30  # bytes: below this, text encoder, UNet and VAE of an SD 1.5 take turns on the device

FULL = ("DefaultCPUAllocator", "out of memory")  # in what torch says where only the card has an error of its own

KFD = Path("/dev/kfd")  # where Linux shows AMD cards to programs that compute

_chosen: Machine | None = None
_held = {"base": "", "loading": False}


def choose(wanted: str = "auto") -> Machine:
    """Settle on a device for this process: "auto" takes the best there is, "cuda" stands for ROCm too.

    Raises:
        NoDevice: when the one asked for is not there.
    """
    global _chosen
    if wanted not in ("auto", "cpu", "cuda", "mps"):
        raise BadInput(f"The device “{wanted}” is not known.", "It is auto, cpu, cuda (also for ROCm) or mps.")
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "cuda" and not cuda:
        raise NoDevice("No graphics card that torch can use was found.", "Leave --device out to use the processor.")
    if wanted == "mps" and not mps:
        raise NoDevice("Apple's graphics processor was not found.", "Leave --device out to use the processor.")
    if wanted in ("auto", "cuda") and cuda:
        _chosen = _card()
    elif wanted in ("auto", "mps") and mps:
        _chosen = Machine("mps", "Apple GPU", "float16", "whole", torch.get_num_threads(), _memory())
    else:
        _chosen = Machine("cpu", "CPU", "float32", "whole", torch.get_num_threads(), _memory())
    return _chosen


def machine() -> Machine:
    """The device this process settled on, the best one if nobody asked for another."""
    return _chosen or choose()


@contextmanager
def enough_memory(advice: str) -> Iterator[None]:
    """Around work that may find the memory full: says so in words, with what to do then.

    Raises:
        OutOfMemory: when the graphics card, or the computer where its processor does the work, has no more.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory("The graphics card is full.", advice) from error
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in FULL):
            raise
        raise OutOfMemory("The computer's memory is full.", advice) from error


@contextmanager
def holding(base: str) -> Iterator[None]:
    """Around the loading of a base model, so that others can be told which one this process holds, or is loading."""
    _held.update(base=base, loading=True)
    try:
        yield
    except BaseException:
        _held.update(base="")
        raise
    finally:
        _held.update(loading=False)


def held() -> tuple[str, bool]:
    """The base model that was loaded last, empty where there is none, and whether it is only being loaded."""
    return _held["base"], _held["loading"]


def precise(x: torch.Tensor) -> torch.Tensor:
    """The same numbers in float64: where they are, or on the processor where their device has none, as Apple's."""
    return (x.cpu() if x.device.type == "mps" else x).double()


def in_use() -> int:
    """Memory held just now, in bytes: the card's share of this process, or the process itself."""
    if machine().device == "cuda":
        return torch.cuda.memory_reserved()
    return psutil.Process(os.getpid()).memory_info().rss


def idle_card() -> str:
    """What to do about an AMD card that this torch was not built for; empty where there is none."""
    if not KFD.exists() or torch.version.hip or torch.cuda.is_available():
        return ""
    return (
        "An AMD card that this torch cannot use. To use it, uninstall torch and torchvision from .venv with its pip, "
        "and install their ROCm builds of the same versions with the --index-url that pytorch.org/get-started names."
    )


def _card() -> Machine:
    """The first card: bfloat16 where it computes it itself, float16 elsewhere."""
    facts = torch.cuda.get_device_properties(0)
    exact = torch.cuda.is_bf16_supported(including_emulation=False)
    whole = "whole" if facts.total_memory >= ROOMY else "in parts"
    dtype = "bfloat16" if exact else "float16"
    return Machine("cuda", facts.name, dtype, whole, torch.get_num_threads(), facts.total_memory)


def _memory() -> int:
    return psutil.virtual_memory().total
