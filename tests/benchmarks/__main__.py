"""``python -m tests.benchmarks``: the groups of ONLY (all) at SCALE (1), on servers of our own.

Prints the table and writes it to ``bench-results.json``. Every group has a process and a database
of its own. Exit code 0: all was measured, whether the targets hold or not; the table says which do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests import environment
from tests.benchmarks import measuring, table
from tests.benchmarks.options import Options, read_options
from tests.benchmarks.running import run_group

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "bench-results.json"
DATABASE = "interpool_bench"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A set of benchmarks and the databases on which it runs one after the other."""

    name: str
    databases: tuple[str, ...] = ("postgresql",)


GROUPS = (
    Group(name="joint"),
    Group(name="explaining"),
    Group(name="decision"),
    Group(name="sweep", databases=("postgresql", "sqlite")),
    Group(name="workers"),
    Group(name="claim"),
    Group(name="importing", databases=("postgresql", "sqlite")),
    Group(name="reading"),
    Group(name="turns"),
)


def main() -> None:
    """Measure, print, write."""
    options, chosen = read_options(), chosen_groups(os.environ.get("ONLY") or "")
    environment.prepare("postgresql")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "ERROR"}
    server = os.environ["DATABASE_URL"]
    rows: list[table.Row] = []
    for group in chosen:
        for database in group.databases:
            say(f"{group.name} on {database} ...")
            found = measured(group.name, database, server=server, options=options)
            say(f"{table.as_text(found)}\n")
            rows += found
            table.write_json(rows, RESULTS, scale=options.scale)
    if len(chosen) > 1:
        say(f"All together:\n{table.as_text(rows)}\n")
    judged = [row.holds for row in rows if row.holds is not None]
    say(f"{sum(judged)} of {len(judged)} targets hold; the figures are in {RESULTS.name}")


def chosen_groups(only: str) -> Sequence[Group]:
    """Return the groups of these names, separated by commas; all for an empty text."""
    names = {name.strip() for name in only.split(",") if name.strip()}
    if unknown := names - {group.name for group in GROUPS}:
        known = ", ".join(group.name for group in GROUPS)
        raise SystemExit(f"ONLY knows no {', '.join(sorted(unknown))}; there are: {known}")
    return [group for group in GROUPS if not names or group.name in names]


def measured(name: str, database: str, *, server: str, options: Options) -> list[table.Row]:
    """Run one group on a fresh database and return its rows."""
    if database == "sqlite":
        file = Path(os.environ["VAR_DIR"]) / f"{name}.sqlite3"
        os.environ["DATABASE_URL"] = f"sqlite:///{file}"
    else:
        execute(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        execute(server, f"CREATE DATABASE {DATABASE}")
        os.environ["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{DATABASE}").geturl()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    try:
        rows: list[table.Row] = measuring.apart(run_group, name, options)
    finally:
        if database == "postgresql":
            execute(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    return rows


def execute(server: str, statement: str) -> None:
    """Execute a statement in the database that every server has."""
    url = urlsplit(server)._replace(path="/postgres").geturl()
    with psycopg.connect(url, autocommit=True) as own:
        own.execute(statement.encode())


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
