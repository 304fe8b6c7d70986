"""``prepare_demo``, which ``make run`` and ``make demo`` call."""

from __future__ import annotations

from typing import Any

from assignment.command import DONE, Answer, InterpoolCommand
from monitoring.demo import Demo, prepare
from pooling.management.commands.load_sample import sample_text

RESET = "manage.py changepassword lead"


class Command(InterpoolCommand):
    """Prepare a first look: sample data, one sweep, somebody who can sign in."""

    help = "Load the sample into an empty database, run one sweep, and make the sample lead."
    takes_now = True

    def answer(self, options: dict[str, Any]) -> Answer:
        """Prepare, and report; who can sign in comes last."""
        demo = prepare(now=options["now"])
        parts = [demo.report.as_text(), *filter(None, (demo.hold,)), login_text(demo)]
        if demo.loaded:
            parts.insert(0, sample_text(demo.loaded))
        data = {
            "loaded": vars(demo.loaded) if demo.loaded else None,
            "sweep": demo.report.as_json(),
            "user": demo.user,
            "password": demo.password,
        }
        return Answer(data=data, text="\n\n".join(parts), exit_code=DONE)


def login_text(demo: Demo) -> str:
    """Return who can sign in and how, in one or two lines."""
    if demo.password:
        return (
            f"User:               {demo.user}\n"
            f"One-time password:  {demo.password}   (you choose your own after signing in)"
        )
    if demo.user:
        return f"User: {demo.user}. A lost password is set anew with: {RESET}"
    return "Sign in with an account of your own."
