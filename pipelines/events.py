"""What a running pipeline has to say: small frozen facts, appended in order, never edited."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Started:
    """Work began; `title` names it for a person, `device` says where it runs."""

    title: str
    device: str = "cpu"
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class Progress:
    """Step `step` of `total` is done; `note` says what is happening in a few words. `own` counts only the steps that
    take time in this run: how many of them are done, and how many there are; None where all steps do. What an earlier
    run left, and what is left out, takes none."""

    step: int
    total: int
    note: str = ""
    own: tuple[int, int] | None = None
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True)
class Measure:
    """Named numbers at one step, such as loss, likeness (0 to 1) or prompt_following (0 to 1)."""

    step: int
    values: dict[str, float]
    kind: Literal["measure"] = "measure"


@dataclass(frozen=True)
class Preview:
    """A small picture on its way; `image` is encoded JPEG, WebP or PNG bytes as base64 text.

    `maps` tell where each subject is looked for: {"number": of the region, "image": grey PNG as base64 text}.
    """

    step: int
    total: int
    image: str
    caption: str = ""
    maps: tuple[dict[str, Any], ...] = ()
    kind: Literal["preview"] = "preview"


@dataclass(frozen=True)
class Made:
    """Something now exists: `what` is its kind (mask, artefact, checkpoint, picture, cell, report), `path` its file.

    `facts` carries what the page shows beside it: scores, seconds, sizes.
    """

    what: str
    path: str
    facts: dict = field(default_factory=dict)
    kind: Literal["made"] = "made"


@dataclass(frozen=True)
class Warned:
    """Something the person should know, without stopping the work."""

    message: str
    advice: str = ""
    kind: Literal["warned"] = "warned"


@dataclass(frozen=True)
class Finished:
    """All done, after `seconds`; `result` is a plain-JSON summary (the `--json` line of the command)."""

    seconds: float
    result: dict = field(default_factory=dict)
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True)
class Failed:
    """It did not work: what happened, and what to do next."""

    message: str
    advice: str = ""
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Cancelled:
    """Somebody stopped it; `kept` names what was saved before stopping."""

    kept: str = ""
    kind: Literal["cancelled"] = "cancelled"


Event = Started | Progress | Measure | Preview | Made | Warned | Finished | Failed | Cancelled


class Report(Protocol):
    """Where events go. Pipelines poll `stop()`, `wait()` and `wishes()` between steps."""

    def __call__(self, event: Event) -> None: ...

    def stop(self) -> bool:
        """True once somebody asked the work to stop."""
        ...

    def wait(self) -> None:
        """Return at once, or block for as long as the work is paused."""
        ...

    def wishes(self) -> tuple[str, ...]:
        """What somebody asked for since this was last called, of "sample" (show what is learnt so far) and "save" (keep
        it as a file), and "pause" as long as `wait` would block; only a tuning run answers."""
        ...


class Silent:
    """A report that keeps events in a list and never stops the work: for scripts and tests."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def stop(self) -> bool:
        return False

    def wait(self) -> None:
        return None

    def wishes(self) -> tuple[str, ...]:
        return ()
