"""ComfyUI's graph of nodes, as its pictures carry it: what the sampler was given, wherever in the graph that stands."""

from collections.abc import Mapping
from typing import Any

SAMPLERS = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced")
TEXTS = ("text", "text_g", "text_l", "clip_g", "clip_l", "t5xxl", "prompt", "value", "string", "string_a", "string_b")
SEEDS = ("seed", "noise_seed", "value", "int", "number")
SILENT = "ConditioningZeroOut"  # what goes in here is not said
DUMB = {
    "model", "clip", "vae", "clip_vision", "clip_vision_output", "control_net", "style_model", "image", "pixels",
    "mask", "noise", "sampler", "sigmas", "samples", "latent", "latent_image",
}  # fmt: skip
"""Inputs that lead away from words."""


class Workflow:
    """A graph: node id → {"class_type", "inputs"}, where an input is a value or a link [node id, number of output]."""

    def __init__(self, graph: Mapping[str, Any]):
        self.nodes = {key: node for key, node in graph.items() if isinstance(node, dict)}

    def told(self) -> dict[str, Any] | None:
        """What the first sampler was given: prompt, negative, seed, steps, scale, sampler, width, height, base; empty
        or None where the graph does not say. None where nothing samples."""
        sampler = next((node for node in self.nodes.values() if node.get("class_type") in SAMPLERS), None)
        if sampler is None:
            return None
        given = _inputs(sampler)
        guider = self._node(given.get("guider"), set())  # SamplerCustomAdvanced leaves words and scale to another node
        guided = given | _inputs(guider)
        latent, onward = given.get("latent_image"), ("samples", "latent", "latent_image", "value")
        said = next((guided[name] for name in ("positive", "conditioning", "cond1") if name in guided), None)
        return {
            "prompt": self._words(said, "positive"),
            "negative": self._words(guided.get("negative"), "negative"),
            "seed": next((self._value(given[k], SEEDS) for k in ("seed", "noise_seed", "noise") if k in given), None),
            "steps": self._value(given.get("steps", given.get("sigmas")), ("steps", "value", "int"), ("sigmas",)),
            "scale": self._value(guided.get("cfg", guided.get("cfg_conds")), ("cfg", "value", "float")),
            "sampler": self._value(given.get("sampler_name", given.get("sampler")), ("sampler_name",)),
            "width": self._value(latent, ("width",), onward),
            "height": self._value(latent, ("height",), onward),
            "base": self._value(guided.get("model"), ("ckpt_name", "unet_name", "model_name"), ("model",)),
        }  # fmt: skip

    def _node(self, link: Any, seen: set[str]) -> Mapping[str, Any]:
        """The node a link comes from; empty where it is no link, leads nowhere, or to a node that was seen before."""
        linked = isinstance(link, list) and len(link) == 2 and isinstance(link[0], str | int)
        key = str(link[0]) if linked else ""
        if key in seen:
            return {}
        seen.add(key)
        return self.nodes.get(key, {})

    def _value(self, given: Any, names: tuple[str, ...], through: tuple[str, ...] = ()) -> Any:
        """A value, or the one with one of these names in the node a link comes from, or, if it has none, in the nodes
        which lead `through` its inputs of those names."""
        seen: set[str] = set()

        def value(one: Any) -> Any:
            if not isinstance(one, list):
                return one
            inside = _inputs(self._node(one, seen))
            told = (value(inside[name]) for name in (*names, *through) if name in inside)
            return next((found for found in told if found is not None), None)

        return value(given)

    def _words(self, given: Any, side: str) -> str:
        """The texts that lead into a link, with commas between; of a node with words on both sides those of `side`."""
        seen: set[str] = set()

        def texts(one: Any) -> list[str]:
            if isinstance(one, str):
                return [one.strip()]
            node = self._node(one, seen)
            inside = _inputs(node)
            if node.get("class_type") == SILENT:
                return []
            said = [inside[name] for name in TEXTS if name in inside]
            if not said:
                ways = [side] if side in inside else [name for name in inside if name not in DUMB]
                said = [inside[name] for name in ways if isinstance(inside[name], list)]
            return [text for part in said for text in texts(part)]

        return ", ".join(dict.fromkeys(text for text in texts(given) if text))


def _inputs(node: Mapping[str, Any]) -> dict[str, Any]:
    inside = node.get("inputs")
    return inside if isinstance(inside, dict) else {}
