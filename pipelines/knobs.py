"""The knobs of a class, see `spec.knob`: what is given for them is checked, and on large bases others are usual."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields, make_dataclass
from functools import cache
from typing import Any

from pipelines.errors import BadInput


@cache
def on_large(cls: type) -> type:
    """A class whose fields are knobs, with their defaults for large bases; the same where it has none of its own."""
    own = [
        (one.name, one.type, field(default=one.metadata["large"], metadata=one.metadata))
        for one in fields(cls)
        if one.metadata.get("large") is not None
    ]
    told = {"__doc__": cls.__doc__, "__module__": cls.__module__}
    return make_dataclass(cls.__name__, own, bases=(cls,), frozen=True, namespace=told) if own else cls


def checked(cls: type, values: Mapping[str, Any]) -> Any:
    """One of a class whose fields are knobs, with every given value checked."""
    known = {f.name: f for f in fields(cls)}
    settled: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            names = f"It has: {', '.join(known)}." if known else "It has none."
            raise BadInput(f"{cls.title} has no knob “{name}”.", names)
        settled[name] = _settle(cls.title, known[name], value)
    return cls(**settled)


ON, OFF = {"true", "on", "yes", "1"}, {"false", "off", "no", "0"}


def _settle(title: str, knob: Field, value: Any) -> Any:
    """Turn one given value into the knob's own type, within its range."""
    meta, default = knob.metadata, knob.default
    assert default is not MISSING, f"{title}.{knob.name} needs a default"
    name = meta.get("label") or knob.name
    if isinstance(default, bool):
        word = str(value).lower()
        if word not in ON | OFF:
            raise BadInput(f"{name} is {value!r}.", "It is on or off.")
        return word in ON
    if meta.get("choices"):
        if value not in meta["choices"]:
            raise BadInput(f"{name} is {value!r}.", f"It is one of: {', '.join(meta['choices'])}.")
        return value
    if isinstance(default, str):
        return str(value)
    try:
        settled = type(default)(float(value))
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{name} is {value!r}, which is not a number.", f"The usual value is {default}.") from None
    if isinstance(default, int) and settled != float(value):
        raise BadInput(f"{name} is {value}, which is not a whole number.", f"The usual value is {default}.")
    low, high = meta.get("low"), meta.get("high")
    if (low is not None and not settled >= low) or (high is not None and not settled <= high):
        least, most, usual = map(_figure, (low, high, default))
        raise BadInput(f"{name} is {value}.", f"It goes from {least} to {most}; the usual value is {usual}.")
    return settled


def _figure(value: float) -> str:
    """A number as the page writes it: 1e-6, not 1e-06."""
    return f"{value:g}".replace("e-0", "e-")
