"""Children that never outlive their parent, however it ends."""

import ctypes
import os
import signal
import sys
from typing import Final

PARENT: Final = "MYOSOTIS_PARENT"
"""Environment: the process that started this one and wants it gone with itself."""
PR_SET_PDEATHSIG: Final = 1


def follow_parent() -> None:
    """Where the system offers it (Linux), be told to stop when the parent dies, be it by SIGKILL."""
    parent = os.environ.pop(PARENT, "")
    if not parent:
        return
    end_with_parent()
    if os.getppid() != int(parent):  # it died while we started
        sys.exit(1)


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM at the parent's death; elsewhere the process group is ended by the supervisor."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
