"""Files of other programs on their way into the library: looked at, given a name, and lined up to be taken over."""

import re
import shutil
from pathlib import Path

from app.bases import Bases
from app.jobs import Jobs, new_id
from app.library import Library
from app.typed_path import typed_path
from pipelines.errors import BadInput
from pipelines.newcomer import look
from pipelines.tasks import Adopt

LONGEST = 200


class Newcomers:
    """What the Library page does with a LoRA or an embedding that somebody drops on it, or names by its path."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs, self.bases = library, jobs, Bases(library)

    def look(self, path: str | Path) -> dict[str, str]:
        """What the file says of itself, and the base it would be taken over for: {"holds", "name", "trigger", "base"}.

        Raises:
            BadInput: when there is no such file, or it is of no kind that can be taken over; says which.
        """
        path = typed_path(path, self.library.settings)
        if not path.is_file():
            raise BadInput(
                f"There is nothing at {path}.", "Check the path; it is one on the computer the studio runs on."
            )
        new = look(path)
        return {"holds": new.holds, "name": new.title, "trigger": new.trigger, "base": self.bases.used().name}

    def adopt(self, path: str | Path, passing: bool, name: str, noun: str, trigger: str) -> str:
        """Line the work up; returns the job.

        Args:
            passing: whether the file lies where it will not stay, so that it is kept first.

        Raises:
            BadInput: as `look`, and when a word is missing or too long.
        """
        self.look(path)
        path = typed_path(path, self.library.settings)
        words = {"name": name.strip(), "noun": noun.strip(), "trigger": trigger.strip()}
        for what, said in words.items():
            if not said or len(said) > LONGEST:
                raise BadInput(
                    f"The {what} is {'empty' if not said else 'too long'}.", f"Give it one of up to {LONGEST} letters."
                )
        if passing:
            stem = re.sub(r"[^\w.-]+", "-", path.stem)[:80]
            path = Path(
                shutil.move(path, self.library.settings.room("imports").resolve() / f"{new_id()}-{stem}{path.suffix}")
            )
        out, base = self.library.new_path("artefact"), self.bases.used().base
        return self.jobs.submit(Adopt(str(path), out, base, **words, subject=new_id()), f"Taking over {words['name']}")
