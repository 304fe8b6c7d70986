"""Gives queued sessions to available people, as the clock does every minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment import sessions
from assignment.audit import COMMAND
from assignment.command import DONE, UNAVAILABLE, WRONG, Answer, InterpoolCommand
from assignment.engine.sessions.loading import WITHOUT_DESK
from assignment.errors import InputError
from assignment.models import Session, Team
from assignment.wording import counted


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
        without = _without_desk(options["team"])
        if without:
            lines.append(f"{counted(without, 'session waits', 'sessions wait')} for a desk.")
        data = {
            "assigned": len(done.assigned),
            "left": done.left,
            "errors": len(done.errors),
            "without_desk": without,
        }
        code = WRONG if done.errors else DONE
        return Answer(
            data=data,
            text="\n".join(lines),
            exit_code=UNAVAILABLE if done.is_outage else code,
        )


def _without_desk(team: str | None) -> int:
    """Return how many sessions wait that no queue holds, of this team or of all."""
    rows = Session.objects.order_by().filter(WITHOUT_DESK)
    return (rows if team is None else rows.filter(team__ref=team)).count()


def _team_id(ref: str | None) -> int | None:
    if ref is None:
        return None
    team_id = Team.objects.filter(ref=ref).values_list("pk", flat=True).first()
    if team_id is None:
        raise InputError(f"There is no team “{ref[:40]}”: write the ref of one that exists.")
    return team_id
