"""Likeness: teaches a text-to-image model your subject and puts it anywhere.

python launch.py         open the studio, installing what it needs the first time
python launch.py test    run all tests
python launch.py --help  everything else
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    # This file keeps to words that old Pythons read too, so that they come as far as this sentence.
    sys.exit(
        "Likeness needs Python 3.11 or newer, and this is Python {}.{}. "
        "Install a newer one, then run its python on this file.".format(*sys.version_info[:2])
    )

from app.environment import start  # noqa: E402

if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
