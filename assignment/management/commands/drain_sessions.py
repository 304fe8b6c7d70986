"""Gives queued sessions to available people, as the clock does every minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment import sessions
from assignment.audit import COMMAND
from assignment.command import DONE, UNAVAILABLE, WRONG, Answer, InterpoolCommand
from assignment.errors import InputError
from assignment.models import Team


class Command(InterpoolCommand):
    """Entry point of ``manage.py drain_sessions``."""

    help = "Give queued sessions to available people, by priority, then age."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the limit to a team."""
        parser.add_argument("--team", metavar="REF", help="only the queue of this team")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Serve the queues and return the counts."""
        done = sessions.keep_up(
            now=options["now"], actor=COMMAND, team_id=_team_id(options["team"])
        )
        lines = [f"assigned {len(done.assigned)}, left {done.left}, errors {len(done.errors)}"]
        lines += [f"{ref}: {text}" for ref, text in sorted(done.errors.items())]
        data = {"assigned": len(done.assigned), "left": done.left, "errors": len(done.errors)}
        code = WRONG if done.errors else DONE
        return Answer(
            data=data,
            text="\n".join(lines),
            exit_code=UNAVAILABLE if done.is_outage else code,
        )


def _team_id(ref: str | None) -> int | None:
    if ref is None:
        return None
    team_id = Team.objects.filter(ref=ref).values_list("pk", flat=True).first()
    if team_id is None:
        raise InputError(f"There is no team “{ref[:40]}”: write the ref of one that exists.")
    return team_id
