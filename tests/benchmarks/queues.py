"""Two queues on the same database: empty jobs are put in, fetched and finished one by one."""

from __future__ import annotations

import asyncio
from typing import Any

from django.db import connection
from django_q.brokers.orm import ORM
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job, Status

JOBS = 100


class Procrastinate:
    """Its job manager, which its worker calls for each job."""

    def __init__(self) -> None:
        settings = connection.settings_dict
        self.loop = asyncio.new_event_loop()
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        given = {name: settings[key] for name, key in names.items() if settings[key]}
        connector = PsycopgConnector(kwargs={**given, "dbname": settings["NAME"]})
        self.app = App(connector=connector)
        self.loop.run_until_complete(self._open())

    def fill(self) -> None:
        """Put jobs in."""
        self.loop.run_until_complete(self._fill())

    def work_off(self) -> int:
        """Fetch and finish all jobs; return how many."""
        return self.loop.run_until_complete(self._work_off())

    def close(self) -> None:
        """End its connections."""
        self.loop.run_until_complete(self.app.close_async())
        self.loop.close()

    async def _open(self) -> None:
        await self.app.open_async()
        await self.app.schema_manager.apply_schema_async()
        self.worker: Any = await self.app.job_manager.register_worker()

    async def _fill(self) -> None:
        jobs = [
            Job(id=None, queue="bench", lock=None, queueing_lock=None, task_name="empty")
            for _ in range(JOBS)
        ]
        await self.app.job_manager.batch_defer_jobs_async(jobs=jobs)

    async def _work_off(self) -> int:
        done, manager = 0, self.app.job_manager
        while job := await manager.fetch_job(queues=None, worker_id=self.worker):
            await manager.finish_job(job=job, status=Status.SUCCEEDED, delete_job=False)
            done += 1
        return done


class DjangoQ:
    """The broker that the product's own worker uses for its tasks."""

    def __init__(self) -> None:
        self.broker = ORM("bench")

    def fill(self) -> None:
        """Put jobs in."""
        for _ in range(JOBS):
            self.broker.enqueue("{}")

    def work_off(self) -> int:
        """Fetch and finish all jobs; return how many."""
        done = 0
        while done < JOBS:
            for key, _ in self.broker.dequeue():
                self.broker.acknowledge(key)
                done += 1
        return done

    def close(self) -> None:
        """Nothing stays open."""
