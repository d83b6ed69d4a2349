"""What systemd wants to hear (sd_notify): that we stand, that we live, that we stop. Elsewhere nobody listens."""

import os
import socket
from typing import Final

SOCKET: Final = "NOTIFY_SOCKET"
READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"


def notify(words: str) -> None:
    """Tell the service manager, if there is one; one that does not listen any more is none of our trouble."""
    address = os.environ.get(SOCKET, "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name in Linux' abstract space
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.sendto(words.encode(), address)
    except OSError:
        return
