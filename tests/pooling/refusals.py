"""Commands that refuse a file: their answer, and that they wrote nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from tests.assignment.imports.files import database_digest


def run(command: str, *arguments: str) -> tuple[int, Any]:
    """Run a command and return its exit code and its JSON object."""
    out = io.StringIO()
    code = 0
    try:
        call_command(command, *arguments, "--json", stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CommandError as error:
        code = error.returncode
    return code, json.loads(out.getvalue())


def refused(path: Path, command: str = "import_bookings") -> list[tuple[int, str, str]]:
    """Import a bad file: exit code 2, nothing counted, nothing written; return its errors."""
    before = database_digest()
    code, data = run(command, str(path))
    assert code == 2
    assert (data["created"], data["updated"], data["unchanged"], data["gated"]) == (0, 0, 0, 0)
    assert database_digest() == before
    return [(error["line"], error["column"], error["message"]) for error in data["errors"]]
