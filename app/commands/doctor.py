"""Say what this computer has, what the studio found, and what is missing; a report to paste into a question."""

import os
import platform
import shutil
import socket
import sys
from argparse import ArgumentParser, Namespace
from importlib.metadata import PackageNotFoundError, version

from app.commands.doing import settings_of
from app.settings import LANES, ROOT, claim_threads, cores, threads
from app.suite import browser
from pipelines.errors import StudioError

PACKAGES = ("gradio", "torch", "torchvision", "diffusers", "transformers", "peft", "segment-anything", "safetensors")


def fill(parser: ArgumentParser) -> None:
    """It takes nothing of its own."""


def run(args: Namespace) -> dict:
    """Look, print, and return the same as JSON; nothing is changed and nothing is sent."""
    facts = {**_machine(args), **_device(args), **_files(args)}
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):18} {value}", file=sys.stderr if args.json else sys.stdout)
    return facts


def _machine(args: Namespace) -> dict[str, str]:
    import psutil

    memory = psutil.virtual_memory()
    shares = ", ".join(f"{lane} {threads(lane)}" for lane in LANES)
    return {
        "python": f"{platform.python_version()} at {sys.executable}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": f"{cores()}; threads: {shares}",
        "memory": f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} GB free",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _device(args: Namespace) -> dict[str, str]:
    claim_threads()
    try:
        from pipelines import device

        found = device.choose(args.device)
    except (StudioError, ImportError) as error:
        return {"device": str(error)}
    size = f"{found.bytes / 2**30:.1f} GB"
    told = {"device": f"{found.label} ({found.device}), {found.dtype}, {size}, models {found.memory}"}
    idle = device.idle_card()
    return {**told, "graphics_card": idle} if idle else told


def _files(args: Namespace) -> dict[str, str]:
    settings = settings_of(args)
    data = settings.data.resolve()
    there = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(there).free / 1e9
    state = "writable" if os.access(there, os.W_OK) else "not writable"
    starter = ROOT / "assets" / "starter" / "model_index.json"
    return {
        "data_folder": f"{data}, {state if there.is_dir() else 'in the way is a file'}, {free:.0f} GB free",
        "starter_model": "here" if starter.exists() else "missing",
        "port_7860": "free" if _free(7860) else "in use",
        "browser_for_tests": str(browser() or "none found"),
    }


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
