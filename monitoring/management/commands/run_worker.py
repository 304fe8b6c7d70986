"""``manage.py run_worker``: the worker alone, for a host that serves no pages."""

from __future__ import annotations

from typing import Any

from assignment.command import Answer, InterpoolCommand
from monitoring import serving
from monitoring.supervisor import Supervisor


class Command(InterpoolCommand):
    """Works until SIGTERM or Ctrl-C."""

    help = "Run the worker under its supervisor, without the web server."

    def answer(self, options: dict[str, Any]) -> Answer:
        """Run the worker. Raises InputError if one runs here already."""
        with serving.only_one("worker"):
            Supervisor([serving.worker_post()], once=[serving.first_sweep()]).run()
        return Answer(data={"stopped": True}, text="The worker has stopped.")
