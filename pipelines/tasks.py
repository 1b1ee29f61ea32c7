"""What can be asked of a worker. A task is a value: ids, numbers and file names, never tensors or pictures."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines import stopping
from pipelines.spec import Scene, Subject


@dataclass(frozen=True)
class Segment:
    """Find the subject in a photo.

    `points` are (x, y, label) in pixels of the upright photo, label 1 to add and 0 to remove; `box` is
    (x0, y0, x1, y1) in the same pixels. With neither, the main thing is found. `out` is the mask file to write;
    None only answers. `encode_only` prepares the photo so that the next click is quick. `refine` draws the edges more
    carefully, which takes longer. `everything` asks for all things in the photo instead of one. `checkpoint` is the
    model file of segmenters that need one. `cache` is a folder that remembers what was seen in photos, empty for none.
    """

    photo: str
    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None
    segmenter: str = "starter"
    out: str | None = None
    encode_only: bool = False
    refine: bool = True
    checkpoint: str = ""
    cache: str = ""
    everything: bool = False
    kind: Literal["segment"] = "segment"


@dataclass(frozen=True)
class Tune:
    """Teach a base one or more subjects with a recipe; write the artefact to `out` (.safetensors).

    `knobs` that are missing are the recipe's own on the base; who asks for work gives all of them, so that the same
    task stays the same whatever becomes of defaults. `samples_every` is in steps, 0 for none;
    `prompts` are sampled then, with the subject's trigger and noun standing for {}. `cache` is a folder for what other
    runs can use again (latents of photos, class images), empty for none. `stop` is the rule by which a phase may end
    before its last step, see `stopping`.
    """

    subjects: tuple[Subject, ...]
    recipe: str
    out: str
    knobs: dict[str, Any] = field(default_factory=dict)
    base: str = "starter"
    seed: int = 0
    samples_every: int = 50
    prompts: tuple[str, ...] = ()
    cache: str = ""
    stop: str = stopping.PLATEAU
    kind: Literal["tune"] = "tune"


@dataclass(frozen=True)
class Fuse:
    """Make one artefact out of several, each with a weight."""

    artefacts: tuple[tuple[str, float], ...]
    out: str
    fusion: str = "weighted_sum"
    base: str = "starter"
    kind: Literal["fuse"] = "fuse"


@dataclass(frozen=True)
class Adopt:
    """Make an artefact of a LoRA or an embedding (.safetensors) that another program taught on this base.

    `trigger` is the word it answers to, `name` what it is called; empty takes what the file says, else its name. `noun`
    is the class of it. `subject` is the id it gets, empty for the file's name.
    """

    file: str
    out: str
    base: str = "starter"
    noun: str = "thing"
    trigger: str = ""
    name: str = ""
    subject: str = ""
    kind: Literal["adopt"] = "adopt"


@dataclass(frozen=True)
class Keep:
    """A finished picture (.png) of which only a part is made anew: `anew` is a PNG file, white there."""

    picture: str
    anew: str


@dataclass(frozen=True)
class Sample:
    """Make one picture of a scene and write it to `out` (.png), with how it was made inside the file.

    `maps` adds to every preview where each subject is looked for. With `keep` the rest of a finished picture stays.
    `subjects`, with their photos, are looked for in the regions of the finished picture.
    """

    scene: Scene
    out: str
    base: str = "starter"
    previews: bool = True
    maps: bool = False
    keep: Keep | None = None
    subjects: tuple[Subject, ...] = ()
    kind: Literal["sample"] = "sample"


@dataclass(frozen=True)
class Compare:
    """Tune each recipe on each subject, make every prompt with every seed, score all; results go into the folder `out`.

    `recipes` are (name, knobs) pairs; the name "base" stands for the untuned base with the class noun. Prompts
    hold {} where the subject's name goes. Cells that are already there are not made again. `judges` is "starter", or a
    folder with the judges of the literature, see `pipelines.standards`. With `scales` each method is asked at each of
    these CFG scales instead of `scale`, with `strengths` at each of these strengths of its tuned file; see `sweep`.
    With `scores_only` nothing is taught or made: pictures that are there are scored anew where their scores are old.
    """

    subjects: tuple[Subject, ...]
    recipes: tuple[tuple[str, dict[str, Any]], ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    out: str
    base: str = "starter"
    steps: int = 25
    scale: float = 5.0
    judges: str = "starter"
    scales: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    scores_only: bool = False
    kind: Literal["compare"] = "compare"


@dataclass(frozen=True)
class ToyBench:
    """Run the toybox's own benchmark, whose truth is known, and write a result folder to `out`.

    `home` is a folder that keeps finished cells; only what is missing there is made. `recipes` are (name, knobs) pairs.
    `tracks` empty for all. `split` is "test", or "reserved" for a final evaluation. `quick` asks for little, to see
    that it runs. `budget` is in seconds, 0 for no limit: when it is used up, what is finished is reported. `pictures`
    is a folder with a filled manifest: what others made is scored, and nothing is made. `ray` is the address of a Ray
    cluster that makes the cells, empty for this process, see `cluster`.
    """

    out: str
    home: str
    recipes: tuple[tuple[str, dict[str, Any]], ...] = ()
    tracks: tuple[str, ...] = ()
    split: Literal["test", "reserved"] = "test"
    base: str = "starter"
    quick: bool = False
    budget: float = 0.0
    pictures: str = ""
    ray: str = ""
    kind: Literal["toybench"] = "toybench"


@dataclass(frozen=True)
class Published:
    """Run a benchmark of the literature as it lies in `folder`, and write a result folder to `out`.

    `suite` is one of `suites.SUITES`. `home` keeps finished cells; only what is missing there is made. `recipes` are
    (name, knobs) pairs; the untuned base is always there. `judges` is "starter", or a folder with the judges of the
    literature, see `pipelines.standards`. `quick` asks for little, to see that it runs. `budget` is in seconds, 0 for
    no limit. `ray` is the address of a Ray cluster that makes the cells, empty for this process, see `cluster`.
    """

    suite: str
    folder: str
    out: str
    home: str
    recipes: tuple[tuple[str, dict[str, Any]], ...] = ()
    base: str = "starter"
    judges: str = "starter"
    quick: bool = False
    budget: float = 0.0
    ray: str = ""
    kind: Literal["published"] = "published"


@dataclass(frozen=True)
class Fetch:
    """Bring a model from the hub into the folder `out`, only because a person asked for it.

    `files` are patterns of the files wanted. `sha256` are (file, checksum) pairs known beforehand; the other files are
    compared with the checksums the hub itself gives. `model` is the name the page knows it by.
    """

    repository: str
    files: tuple[str, ...]
    out: str
    sha256: tuple[tuple[str, str], ...] = ()
    model: str = ""
    kind: Literal["fetch"] = "fetch"


Task = Segment | Tune | Fuse | Adopt | Sample | Compare | ToyBench | Published | Fetch
