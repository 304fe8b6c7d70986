"""A soak that cannot try something says so and does not end well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.tools import MissingToolError, need

ROOT = Path(__file__).resolve().parent.parent


def test_a_tool_that_is_missing_and_cannot_be_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingToolError) as refused:
        need("strace")

    assert str(refused.value) == (
        "strace is missing; as root: "
        "apt-get update && apt-get install --yes --no-install-recommends strace"
    )


def test_a_case_that_nobody_knows_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak"],
        cwd=ROOT,
        env=os.environ | {"CASES": "F99", "SECONDS": "1"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (
        2,
        "CASES: F99 is none of F17, F19, F27, F31, F63, F64, none.\n",
    )
