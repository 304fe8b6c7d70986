"""The product's own command line in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = "2026-11-23T06:00:00+00:00"


MANAGE = ("manage.py",)
DYING = ("-m", "tests.faults.dying")


def start(
    environment: dict[str, str], *arguments: str, program: Sequence[str] = MANAGE
) -> subprocess.Popen[str]:
    """Start ``manage.py`` with these arguments and return at once."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def code_of(process: subprocess.Popen[str]) -> int:
    """The exit code of a command; minus the signal when it was killed."""
    process.communicate(timeout=120)
    return process.returncode


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The JSON object that a command printed; it must have ended well."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(out)
    return found


def call(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Run a command to its end and return its JSON object."""
    return answer(start(environment, *arguments, "--json"))


def load_sample(environment: dict[str, str], *, bookings: int) -> None:
    """Load the same sample as every other caller."""
    size = ("--bookings", str(bookings), "--interpreters", "42", "--seed", "3")
    call(environment, "load_sample", *size, "--start", "2026-11-23", "--now", NOW)


def sweep(environment: dict[str, str], *, program: Sequence[str] = MANAGE) -> subprocess.Popen[str]:
    """Start a sweep of the one slot."""
    order = ("sweep", "--slot", "s", "--now", NOW, "--json")
    return start(environment, *order, program=program)


def people_of(report: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Result and people of every booking of a report."""
    return {row["booking"]: (row["result"], row["interpreters"]) for row in report["entries"]}
