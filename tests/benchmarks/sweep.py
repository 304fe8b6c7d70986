"""The sweep end to end, against the bare driver writing the very same rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

from django.db import connection

from assignment.audit import COMMAND
from pooling.reports import RunReport
from pooling.sweep import sweep
from tests.benchmarks.filling import NOW, add_people, write_due
from tests.benchmarks.measuring import Side, compare
from tests.benchmarks.options import Options
from tests.benchmarks.replay import Replay, what_stands
from tests.benchmarks.statements import counted
from tests.benchmarks.table import Row, growth_row, limit_row, ratio_row

SIZES = (1_000, 10_000, 100_000)
PEOPLE = 100
SLOTS = count()


def measure(options: Options) -> Iterator[Row]:
    """Yield time and statements per booking at each size, and how the time grows.

    The target is against psycopg; SQLite writes a row within the process, in a tenth of the time
    in which a booking can be decided with a verdict on everybody, so that its ratio tells of
    deciding alone.
    """
    add_people(PEOPLE)
    where = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.vendor]
    at_most = 3 if connection.vendor == "postgresql" else None
    each: list[float] = []
    for size in SIZES if connection.vendor == "postgresql" else SIZES[:2]:
        due = options.size(size, least=50)
        write_due(due)
        _, statements = counted(swept)
        replay = Replay()
        prepare = partial(write_due, due)
        pair = compare(
            Side(run=swept, prepare=prepare, work=_stands),
            Side(run=replay.write, prepare=prepare, work=_stands),
        )
        replay.bare.close()
        each.append(1000 * pair.ours / due)
        yield ratio_row(f"sweep, {where}, {due:,} due: per booking", pair, at_most=at_most, per=due)
        what = f"sweep, {where}, {due:,} due: statements per booking"
        yield limit_row(what, statements / due, at_most=8, unit="")
    yield growth_row(
        f"sweep, {where}: per booking, largest against smallest", each[0], each[-1], at_most=1.2
    )


def swept() -> RunReport:
    """Sweep in a slot of its own."""
    return sweep(now=NOW, slot=f"bench {next(SLOTS)}", actor=COMMAND)


def _stands(_: object) -> object:
    return what_stands()
