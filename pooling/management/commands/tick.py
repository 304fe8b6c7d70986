"""Gate, rescue, retry, and decide what became due; for cron or a timer beside django-q2."""

from __future__ import annotations

from typing import Any

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from pooling.tick import tick


class Command(InterpoolCommand):
    """One tick; harmless to repeat."""

    help = "Gate what is new, rescue what is stuck, decide what became due."
    takes_now = True
    ends_politely = True

    def answer(self, options: dict[str, Any]) -> Answer:
        """Tick, and report."""
        report = tick(now=options["now"], actor=COMMAND)
        code = WRONG if report.count("failed") else DONE
        return Answer(data=report.as_json(), text=report.as_text(), exit_code=code)
