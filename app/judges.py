"""The judges of the literature on this computer: those that can be fetched, with licence and checksums, and what has to
be put into the folders of the others."""

from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from pipelines import panel
from pipelines.panel import PICKLED, SEATS, WEIGHTS
from pipelines.tasks import Fetch

READS = (
    "config.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
)
APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


@dataclass(frozen=True)
class Judge:
    """One judge. `id` is its folder, one of `panel.SEATS`; `repository` on the hub, with the `files` that are fetched,
    empty where nobody gives its weights out in a form that is read here; `bytes` about what they come to."""

    id: str
    name: str
    words: str
    licence: str
    licence_url: str = ""
    repository: str = ""
    files: tuple[str, ...] = ()
    bytes: int | None = None


CLIP_LICENCE = "https://github.com/openai/CLIP/blob/main/LICENSE"
JUDGES = (
    Judge("clip", "CLIP ViT-B/32", "Whether a picture follows its words, and how alike pictures are: CLIP-T, CLIP-I.",
          "MIT", CLIP_LICENCE, "openai/clip-vit-base-patch32", (*READS, PICKLED), 609_000_000),
    Judge("dino", "DINO ViT-S/16", "How much pictures look alike, learnt without words: DINO-I.",
          "Apache-2.0", APACHE, "timm/vit_small_patch16_224.dino", (WEIGHTS,), 87_000_000),
    Judge("owl", "OWLv2 B/16", "Whether things are there that words name. With a SAM file in its folder also where: "
          "for scores inside masks.",
          "Apache-2.0", APACHE, "google/owlv2-base-patch16-ensemble", (*READS, WEIGHTS), 623_000_000),
    Judge("clip-336", "CLIP ViT-L/14-336", "Drift of many pictures: CMMD.",
          "MIT", CLIP_LICENCE, "openai/clip-vit-large-patch14-336", ("config.json", PICKLED), 1_712_000_000),
    Judge("face", "MTCNN and ArcFace", "Whose face it is, for people.", "their own"),
    Judge("inception", "Inception, 2015", "Drift of many pictures: FID, KID, IS.", "Apache-2.0", APACHE),
    Judge("lpips", "LPIPS, AlexNet", "How different the pictures of a prompt are.", "BSD-2-Clause",
          "https://github.com/richzhang/PerceptualSimilarity/blob/master/LICENSE"),
)  # fmt: skip


def room(settings: Settings) -> Path:
    """The folder where fetched judges lie, each in its own; what a person puts there is read, too."""
    return settings.room("checkpoints").resolve() / "judges"


def fetching(judge: Judge, home: Path) -> Fetch:
    """What fetches one that has a repository."""
    pickled = SEATS[judge.id].pickled
    known = ((PICKLED, pickled),) if pickled else ()
    return Fetch(judge.repository, judge.files, str(home / judge.id), known, judge.id)


def needs(judge: Judge) -> str:
    """What has to lie in the folder of one that cannot be fetched."""
    files = SEATS[judge.id].files
    return f"It is not given out in a form that is read here: put {', '.join(files)} into its folder yourself."


def named(judges: str, settings: Settings) -> str:
    """The folder of judges that a person named for a task; empty for those that are asked without."""
    return "" if judges in ("starter", str(room(settings))) else judges


def default(settings: Settings) -> str:
    """Who judges photos where no folder is named: those fetched, once CLIP and DINO are there, which every table asks;
    the starter's before."""
    return str(room(settings)) if {*panel.LEAST} <= {*panel.seated(room(settings))} else "starter"
