"""The pages are loaded by whoever needs them: addresses and checks, not every command."""

from __future__ import annotations

import json
import subprocess
import sys

LOADED = """
import json, sys
import django
django.setup()
told = ["pooling.admin" in sys.modules]
from django.core.checks import run_checks
found = run_checks()
told += ["pooling.admin" in sys.modules, [row.id for row in found]]
print(json.dumps(told))
"""


def test_a_start_loads_no_pages_and_a_check_looks_at_all_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout.splitlines()[-1]) == [False, True, []]
