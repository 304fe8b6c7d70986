"""The programs that some cases need beside a server: found, or installed where we may."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "iptables": "iptables",
    "faketime": "faketime",
    "strace": "strace",
    "pg_amcheck": "postgresql",
}


class MissingToolError(Exception):
    """A program is missing and cannot be installed; the message says how to get it."""


def need(program: str, *, beside: Path | None = None) -> str:
    """The path of a program, installed from Debian's packages if it is missing and we may.

    ``beside``: look in the folder of this program first. Raises MissingToolError.
    """
    found = _find(program, beside)
    if found:
        return found
    command = f"apt-get update && apt-get install --yes --no-install-recommends {PACKAGES[program]}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingToolError(f"{program} is missing; as root: {command}")
    subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    found = _find(program, beside)
    if not found:
        raise MissingToolError(f"{program} could not be installed by: {command}")
    return found


def _find(program: str, beside: Path | None) -> str | None:
    folders = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
    if beside:
        folders.insert(0, str(beside.parent))
    return shutil.which(program, path=os.pathsep.join(folders))


def require_root() -> None:
    """Raise MissingToolError unless this process may change the network and watch others."""
    if os.geteuid() != 0:
        raise MissingToolError("Only root may do this here: repeat it as root.")


def faketime_library() -> str:
    """What makes a process read a false clock. Raises MissingToolError."""
    need("faketime")
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise MissingToolError("libfaketimeMT.so.1 is missing; it belongs to faketime.")
    return str(found[0])
