"""``manage.py serve``: the admin on this machine, with the worker beside it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.management.base import CommandParser

from assignment.command import Answer, InterpoolCommand
from monitoring import serving
from monitoring.supervisor import Supervisor


class Command(InterpoolCommand):
    """Serves until SIGTERM or Ctrl-C, which end the server and the worker."""

    help = "Serve the admin at 127.0.0.1:PORT and run the worker beside it."

    def arguments(self, parser: CommandParser) -> None:
        """Offer to leave the worker to another process, or to check only."""
        parser.add_argument("--no-worker", action="store_true", help="run no worker")
        parser.add_argument("--check", action="store_true", help="only say whether it could start")

    def say(self, line: str) -> None:
        """Print a line at once, also where nobody watches a terminal."""
        self.stdout.write(line)
        self.stdout.flush()

    def answer(self, options: dict[str, Any]) -> Answer:
        """Serve. Raises InputError if it runs already or the port is taken."""
        worker = not options["no_worker"]
        with ExitStack() as rights:
            for name in ("serve", "worker") if worker else ("serve",):
                rights.enter_context(serving.only_one(name))
            serving.require_free_port()
            if options["check"]:
                return Answer(data={"could_start": True}, text="It could start.")
            posts = [serving.web_post()]
            if worker:
                posts.append(serving.worker_post())
            once = [serving.first_sweep()] if worker else []
            Supervisor(posts, once=once).run(each_round=serving.greeting(self.say))
        return Answer(data={"stopped": True}, text="Interpool has stopped.")
