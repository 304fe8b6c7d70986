"""Runs one group, in the process that was made for it."""

from __future__ import annotations

from importlib import import_module

from tests.benchmarks.options import Options
from tests.benchmarks.table import Row


def run_group(name: str, options: Options) -> list[Row]:
    """Return the rows of ``tests.benchmarks.<name>.measure``; its libraries load only now."""
    rows: list[Row] = list(import_module(f"tests.benchmarks.{name}").measure(options))
    return rows
