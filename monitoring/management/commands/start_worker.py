"""``manage.py start_worker``: the start-up check, then the cluster; the supervisor calls it."""

from __future__ import annotations

import logging
from typing import Any

from django.db import connections
from django_q.cluster import Cluster

from assignment import stopping
from assignment.command import Answer, InterpoolCommand
from assignment.failures import DATABASE_ERRORS
from monitoring.start_up import check_at_start

log = logging.getLogger(__name__)


class PoliteCluster(Cluster):
    """Tells its workers to finish their chunk before it waits for them."""

    def sig_handler(self, signum: int, frame: object) -> None:
        """End: the work under way first (a signal handler)."""
        stopping.ask()
        super().sig_handler(signum, frame)


class Command(InterpoolCommand):
    """Works until SIGTERM; a check that cannot be made stops nobody from waiting for work."""

    help = "Check schema and schedules, then work under no supervisor; see run_worker."

    def answer(self, options: dict[str, Any]) -> Answer:
        """Check, let the connections go that no fork may share, and work."""
        try:
            check_at_start()
        except DATABASE_ERRORS:
            log.exception("the start-up check could not be made")
        connections.close_all()
        cluster = PoliteCluster()
        cluster.start()
        cluster.sentinel.join()
        return Answer(data={"stopped": True}, text="The worker has stopped.")
