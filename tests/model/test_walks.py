"""The same seed ends in the same state, whatever must not matter.

On PostgreSQL as on SQLite, which is where the other things are tried that must not matter.
``MODEL_SEEDS`` asks for more seeds than the suite has time for.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.model.walk import walk
from tests.model.world import START

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS = tuple(range(int(os.environ.get("MODEL_SEEDS") or 3)))
STEPS = 60
YEARS = dt.timedelta(days=28 * 365 + 7)
"""28 years: the same days of the week and the same changes of the clocks."""


@pytest.fixture(scope="session")
def known() -> dict[int, dict[str, Any]]:
    """Where each seed ended, once it was walked."""
    return {}


@pytest.fixture
def ended(known: dict[int, dict[str, Any]], seed: int, tmp_path: Path) -> dict[str, Any]:
    """Where the seed ends on this database."""
    if seed not in known:
        known[seed] = walk(seed, steps=STEPS, folder=tmp_path)
    return known[seed]


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Where every seed ends on SQLite, for people on the other side of the world."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('walks')}/walks.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TIME_ZONE": "Asia/Tokyo",
    }
    command = [sys.executable, "-m", "tests.model", str(STEPS), *map(str, SEEDS)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("seed", SEEDS)]


@pytest.mark.sqlite_only
def test_moving_every_instant_changes_no_decision(
    seed: int, ended: dict[str, Any], tmp_path: Path
) -> None:
    assert walk(seed, steps=STEPS, folder=tmp_path, start=START + YEARS) == ended


@pytest.mark.sqlite_only
def test_the_order_of_the_input_changes_no_decision(
    seed: int, ended: dict[str, Any], tmp_path: Path
) -> None:
    assert walk(seed, steps=STEPS, folder=tmp_path, backwards=True) == ended


@pytest.mark.postgres_only
def test_sqlite_in_another_zone_ends_in_the_same_state(
    seed: int, ended: dict[str, Any], on_sqlite: dict[str, dict[str, Any]]
) -> None:
    assert on_sqlite[str(seed)] == json.loads(json.dumps(ended))
