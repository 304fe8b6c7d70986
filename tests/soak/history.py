"""What each process did, line by line: invoked, then ok, fail or unknown.

``ok``: it was acknowledged, so it must be there. ``fail``: it was refused and has no effect.
``unknown``, or no second line at all: either is right.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class History:
    """The file of one process; every line is on its way before the next step is taken."""

    def __init__(self, file: Path) -> None:
        self._out = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._count = 0

    def invoke(self, deed: str) -> None:
        """Say what is begun."""
        self._count += 1
        self._write({"deed": deed, "is": "invoke"})

    def ended(self, deed: str, outcome: str, **facts: Any) -> None:
        """Say how it ended."""
        self._write({"deed": deed, "is": outcome, **facts})

    def _write(self, line: Line) -> None:
        os.write(self._out, (json.dumps({"number": self._count, **line}) + "\n").encode())


def read_all(folder: Path) -> Iterator[Line]:
    """Every whole line of every process."""
    for file in sorted(folder.glob("*.jsonl")):
        for text in file.read_text("utf-8").splitlines():
            yield json.loads(text)
