"""The numbers of the dashboard."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.core.management.base import CommandParser

from assignment.command import Answer, InterpoolCommand, instant_text
from pooling.status import NEXT_SHOWN, next_ready, pool_status


class Command(InterpoolCommand):
    """What waits, what is due, what runs, what failed."""

    help = "Print the numbers of the pool."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Take the list as an option: the numbers are asked for far more often."""
        help_text = f"list what the next claims take, {NEXT_SHOWN} entries at most"
        parser.add_argument("--next", action="store_true", help=help_text)

    def answer(self, options: dict[str, Any]) -> Answer:
        """Count, and print."""
        numbers = pool_status(now=options["now"])
        data = {field.name: getattr(numbers, field.name) for field in dataclasses.fields(numbers)}
        coming = next_ready(now=options["now"]) if options["next"] else []
        if options["next"]:
            data["next"] = [{"booking": ref, "deadline": until} for ref, until in coming]
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
            *((f"next {ref}", f"deadline {instant_text(until)}") for ref, until in coming),
        ]
        width = max(len(name) for name, _ in rows)
        return Answer(
            data=data, text="\n".join(f"{name:<{width}}  {value}" for name, value in rows)
        )
