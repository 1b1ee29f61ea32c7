"""Where others find this studio: its address in the local network, and what to know before giving a link away."""

import socket

from app.settings import LOOPBACK, Settings
from components.study_panel import Reach

NOWHERE = "192.0.2.1"
"""An address kept for examples: naming it finds out which of ours would be used, and sends nothing."""


def reach(settings: Settings) -> Reach:
    """Who can follow a link to this studio."""
    bare = "" if settings.auth else "It has no password: whoever has the link can open the rest of the studio, too."
    if settings.share:
        return Reach("", f"Open the studio at its public address to copy a link for everybody. {bare}".strip())
    if settings.host in LOOPBACK:
        advice = "Start the studio with --listen and --auth NAME:PASSWORD to let others vote."
        return Reach("", f"Only this computer can open the link. {advice}")
    host = _own() if settings.host in ("0.0.0.0", "::") else settings.host
    return Reach(f"http://{f'[{host}]' if ':' in host else host}:{settings.port}", bare)


def _own() -> str:
    """This computer's address in its network; its name where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOWHERE, 9))
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()
