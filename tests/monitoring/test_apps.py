"""What a command does not need is not loaded with it: pages, and what speaks with other servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


USED = """
import sys
import django
django.setup()
print(*sorted({"psycopg", "redis"} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("servers", "loaded"),
    [
        ({}, ""),
        ({"DATABASE_URL": "postgresql://none@127.0.0.1:1/none"}, "psycopg"),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "redis"),
    ],
    ids=["neither", "PostgreSQL", "Redis"],
)
def test_only_the_servers_that_are_used_have_their_drivers_loaded(
    servers: dict[str, str], loaded: str, tmp_path: Path
) -> None:
    usual = {"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3", "REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", USED],
        env=os.environ | usual | servers | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == loaded
