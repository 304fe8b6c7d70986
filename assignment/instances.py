"""Reads public instances of the joint decision: personnel task scheduling, and generated pools.

``.dat``: the SMPTSP text format (``Jobs = n``, n lines ``start end``, ``Qualifications = m``,
m lines ``k: job job ...``); ``.json``: ``start``, ``end``, ``classes``, ``eligibility_class``,
``carried_in_minutes``, ``workers``. Numbers are minutes; tasks and workers count from 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from assignment.engine.joint import Problem, Task
from assignment.errors import InputError

MOST_BYTES = 100_000_000
MOST_MINUTES = 100_000_000
"""Two hundred years: whoever has more is no person."""


def read_instance(path: Path) -> Problem:
    """Return the instance as a problem of equal priorities; raises InputError in one sentence."""
    try:
        if not path.exists():
            raise InputError(f"There is no file “{path.name}”.")
        if not path.is_file():
            raise InputError(f"{path.name} is no file: name one that ends in .dat or .json.")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} is larger than 100 MB.")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read: name a readable text file.") from error
    try:
        return _from_json(text) if path.suffix == ".json" else _from_dat(text)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path.name} is no instance that can be read: it needs the format of "
            f"{'the generated pools' if path.suffix == '.json' else 'SMPTSP'}."
        ) from error


def _from_json(text: str) -> Problem:
    data = json.loads(text)
    workers = _whole(data["workers"])
    classes = [tuple(sorted({_whole(who) for who in row})) for row in data["classes"]]
    return _problem(
        starts=[_whole(value) for value in data["start"]],
        ends=[_whole(value) for value in data["end"]],
        people=[classes[_index(value, len(classes))] for value in data["eligibility_class"]],
        offsets=[_whole(value) for value in data["carried_in_minutes"]],
        workers=workers,
    )


def _from_dat(text: str) -> Problem:
    lines = (line.strip() for line in text.splitlines())
    rows = iter([line for line in lines if line and not line.startswith("#")])
    jobs = [_pair(next_line) for next_line in _block(rows, "Jobs")]
    able: list[list[int]] = [[] for _ in jobs]
    workers = 0
    for who, line in enumerate(_block(rows, "Qualifications")):
        count, _, listed = line.partition(":")
        named = [_index(int(value), len(jobs)) for value in listed.split()]
        if len(named) != int(count):
            raise ValueError(line)
        for job in named:
            able[job].append(who)
        workers = who + 1
    return _problem(
        starts=[start for start, _ in jobs],
        ends=[end for _, end in jobs],
        people=[tuple(sorted(set(row))) for row in able],
        offsets=[0] * workers,
        workers=workers,
    )


def _block(rows: Iterator[str], name: str) -> list[str]:
    """Return the lines of the block ``name = count`` that comes next; others are passed over."""
    for line in rows:
        found = re.fullmatch(rf"{name}\s*=\s*(\d+)", line)
        if found:
            count = int(found[1])
            block = list(islice(rows, count))
            if len(block) != count:
                raise ValueError(name)
            return block
    raise ValueError(name)


def _pair(line: str) -> tuple[int, int]:
    start, end = line.split()
    return int(start), int(end)


def _problem(
    *,
    starts: Sequence[int],
    ends: Sequence[int],
    people: Sequence[tuple[int, ...]],
    offsets: Sequence[int],
    workers: int,
) -> Problem:
    if len({len(starts), len(ends), len(people)}) != 1 or len(offsets) != workers:
        raise ValueError("lengths differ")
    if any(end <= start for start, end in zip(starts, ends, strict=True)):
        raise ValueError("a task ends before it starts")
    if any(abs(value) > MOST_MINUTES for value in (*starts, *ends, *offsets)):
        raise ValueError("minutes beyond any calendar")
    if sum(ends) - sum(starts) > MOST_MINUTES:
        raise ValueError("more minutes than anybody can have")
    if any(not 0 <= who < workers for row in people for who in row):
        raise ValueError("a worker is out of range")
    return Problem(
        tasks=tuple(
            Task(start=start, end=end, people=row, unit=unit)
            for unit, (start, end, row) in enumerate(zip(starts, ends, people, strict=True))
        ),
        offsets=tuple(offsets),
        priorities=(1,) * len(starts),
    )


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _index(value: Any, count: int) -> int:
    if not 0 <= _whole(value) < count:
        raise IndexError(value)
    return int(value)
