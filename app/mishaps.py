"""What the computer refuses in codes, said in words: a full disk, a place that may not be written to."""

import errno

from pipelines.errors import DiskFull, StudioError, Unavailable

FULL = (errno.ENOSPC, errno.EDQUOT)


def told(error: OSError) -> StudioError:
    """The error for a person, with the file it happened to where there is one."""
    if error.errno in FULL:
        return DiskFull("The disk is full.", "Make room, then run it again.")
    why = error.strerror or next(iter(str(error).splitlines()), "") or type(error).__name__
    if not error.filename:
        return Unavailable(f"{why.rstrip('.')}.", "Run it again.")
    return Unavailable(f"{error.filename}: {why}.", "Choose another place, or change its rights, then run it again.")
