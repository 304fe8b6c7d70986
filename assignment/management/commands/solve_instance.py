"""Solve a public instance with the joint engine; needs no database."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from assignment.command import Answer, InterpoolCommand
from assignment.engine.joint import solve
from assignment.errors import InputError
from assignment.instances import read_instance

STEPS = 3_000_000


class Command(InterpoolCommand):
    """Assign as many tasks as possible, then make the minutes as even as possible."""

    help = "Solve a public instance of the joint decision; no database."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and the limits."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--steps", type=int, default=STEPS, help=f"how far to search; default: {STEPS:,}"
        )
        parser.add_argument("--seconds", type=float, help="safety stop by the wall clock")
        parser.add_argument("--seed", default="", help="any text; the same one, the same answer")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Solve, and say how good the answer is and could be."""
        seconds = options["seconds"]
        if options["steps"] < 0 or (seconds is not None and not 0 < seconds < math.inf):
            raise InputError("Give steps of 0 or more, and more than 0 seconds.")
        problem = read_instance(Path(options["file"]))
        began = time.monotonic()
        found = solve(problem, seed=options["seed"], steps=options["steps"], seconds=seconds)
        seconds = round(time.monotonic() - began, 3)
        data = {
            "assigned": found.covered,
            "unassigned": len(problem.tasks) - found.covered,
            "seconds": seconds,
            "objective": {
                "sum_of_squares": found.squares,
                "gap": round(found.gap, 9),
                "proven": found.proven,
                "steps": found.steps,
                "stopped_by_clock": found.stopped_by_clock,
            },
            "bound": found.bound,
            "assignment": {str(task): who for task, who in enumerate(found.owner) if who >= 0},
        }
        lines = (
            ("assigned", f"{found.covered:,} of {len(problem.tasks):,}"),
            ("sum of squares", f"{found.squares:,}"),
            ("lower bound", f"{found.bound:,}"),
            ("gap", "0, proven" if found.proven else f"{found.gap:.5%}"),
            ("seconds", f"{seconds}"),
        )
        return Answer(data=data, text="\n".join(f"{name:<15} {text}" for name, text in lines))
