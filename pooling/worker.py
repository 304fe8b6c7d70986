"""The name of this process, and whether the process behind a name still lives here."""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from functools import lru_cache
from pathlib import Path


def claim_token() -> str:
    """Return a new token ``host/pid/random`` (at most 100 characters) for one claim."""
    return f"{_host()}/{os.getpid()}/{uuid.uuid4().hex[:12]}"


def is_known_dead(token: str) -> bool:
    """Tell whether the process of a token ran on this host and is gone.

    False means "lives, or cannot be known": then the lease decides. The host part names
    the boot and the process namespace too, so that a container is not mistaken for another.
    """
    host, _, rest = token.rpartition("/")[0].rpartition("/")
    if host != _host() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@lru_cache(maxsize=1)
def _host() -> str:
    marks = [socket.gethostname()]
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        marks.append(boot.read_text())
    space = Path("/proc/self/ns/pid")
    if space.exists():
        marks.append(str(space.stat().st_ino))
    digest = hashlib.sha256("|".join(marks).encode()).hexdigest()[:8]
    return f"{marks[0][:50].replace('/', '-')}-{digest}"
