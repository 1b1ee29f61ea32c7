"""A studio whose workers open another door: `python -m tests.door MODULE PORT DATA`, for pages that need no model."""

import sys
from pathlib import Path

from app.serve import studio
from app.settings import Settings


def main(door: str, port: str, data: str) -> None:
    """Serve until standard input ends."""
    with studio(Settings(data=Path(data), port=int(port), device="cpu"), door=door):
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
