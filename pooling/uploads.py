"""Files that people upload, kept between the preview of an import and its confirmation.

A file is found again by its digest, the person and the kind alone: no name or path that a
browser sends is ever used.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from django.conf import settings

from assignment.errors import InputError
from assignment.imports.reading import MOST_BYTES

KEPT_SECONDS = 3600
DIGEST = re.compile(r"[0-9a-f]{64}")
ENDING = ".csv"


class Upload(Protocol):
    """What Django gives for an uploaded file."""

    size: int | None

    def chunks(self) -> Iterable[bytes]:
        """Yield its bytes."""


def keep(upload: Upload, *, owner: int, kind: str) -> str:
    """Write the upload to disk and return its SHA-256; raises InputError if it is too large.

    The file can be read by this system's user alone, and is removed after an hour.
    """
    if upload.size is not None and upload.size > MOST_BYTES:
        raise InputError("The file is larger than 100 MB: split it into several files.")
    folder = _folder()
    _remove_old(folder)
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in upload.chunks():
                digest.update(chunk)
                file.write(chunk)
        Path(name).replace(_place(digest.hexdigest(), owner=owner, kind=kind))
    finally:
        Path(name).unlink(missing_ok=True)
    return digest.hexdigest()


def find(digest: str, *, owner: int, kind: str) -> Path:
    """Return the file that this person uploaded; raises InputError when it is not there."""
    gone = InputError("The file is no longer there: upload it again.")
    if not DIGEST.fullmatch(digest):
        raise gone
    path = _place(digest, owner=owner, kind=kind)
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        raise gone from None
    if age > KEPT_SECONDS:
        raise gone
    return path


def remove(digest: str, *, owner: int, kind: str) -> None:
    """Delete the file of this person, if it is there."""
    with suppress(InputError):
        find(digest, owner=owner, kind=kind).unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(settings.VAR_DIR) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _place(digest: str, *, owner: int, kind: str) -> Path:
    return _folder() / f"{kind}-{owner}-{digest}{ENDING}"


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
