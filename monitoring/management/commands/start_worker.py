"""``manage.py start_worker``: the start-up check, then the cluster; the supervisor calls it."""

from __future__ import annotations

import logging
import signal
from types import FrameType
from typing import Any

from django_q.cluster import Cluster

from assignment import stopping
from assignment.command import Answer, InterpoolCommand
from assignment.failures import DATABASE_ERRORS
from monitoring.forking import let_connections_go_at_forks
from monitoring.start_up import check_at_start

log = logging.getLogger(__name__)


def work() -> None:
    """Work until SIGTERM or Ctrl-C; then the work under way finishes its chunk first."""
    cluster = Cluster()

    def end(number: int, frame: FrameType | None) -> None:
        stopping.ask()
        cluster.sig_handler(number, frame)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    cluster.start()
    cluster.sentinel.join()


class Command(InterpoolCommand):
    """Works until SIGTERM; a check that cannot be made stops nobody from waiting for work."""

    help = "Check schema and schedules, then work under no supervisor; see run_worker."

    def answer(self, options: dict[str, Any]) -> Answer:
        """Check, let the connections go that no fork may share, and work."""
        try:
            check_at_start()
        except DATABASE_ERRORS:
            log.exception("the start-up check could not be made")
        let_connections_go_at_forks()
        work()
        return Answer(data={"stopped": True}, text="The worker has stopped.")
