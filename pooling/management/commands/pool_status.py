"""The numbers of the dashboard."""

from __future__ import annotations

import dataclasses
from typing import Any

from assignment.command import Answer, InterpoolCommand, instant_text
from pooling.status import pool_status


class Command(InterpoolCommand):
    """What waits, what is due, what runs, what failed."""

    help = "Print the numbers of the pool."
    takes_now = True

    def answer(self, options: dict[str, Any]) -> Answer:
        """Count, and print."""
        numbers = pool_status(now=options["now"])
        data = {field.name: getattr(numbers, field.name) for field in dataclasses.fields(numbers)}
        last = numbers.last_run
        rows: list[tuple[str, object]] = [
            ("mode", numbers.mode),
            ("in the pool", numbers.total),
            ("  waiting", numbers.waiting),
            ("  ready", numbers.ready),
            ("  processing", numbers.processing),
            ("  failed", numbers.failed),
            ("due", numbers.due),
            ("not gated yet", numbers.ungated),
            ("needs a person", numbers.escalated),
            ("next deadline", instant_text(numbers.next_deadline) or "-"),
            ("oldest entry", instant_text(numbers.oldest_entry) or "-"),
            ("running now", "yes" if numbers.is_running else "no"),
            ("last run", f"{last['kind']} {last['run']}" if last else "-"),
            ("next sweep", instant_text(numbers.next_run)),
            *(("on hold", text) for text in numbers.on_hold),
            *((f"error {row['booking']}", row["error"]) for row in numbers.last_errors),
        ]
        width = max(len(name) for name, _ in rows)
        return Answer(
            data=data, text="\n".join(f"{name:<{width}}  {value}" for name, value in rows)
        )
