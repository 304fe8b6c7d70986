"""A proxy that swallows what passes: new connections end soon, and a lost lease stays lost."""

from __future__ import annotations

import json
import time

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client

from assignment.models import Assignment, AuditEvent, Booking, Decision
from tests.faults import commands
from tests.faults.forks import fork, wait_for
from tests.faults.hole import swallowing
from tests.faults.proxy import CLAIM
from tests.faults.service import make_service, outcome, run_ids, sweep_it
from tests.invariants import assert_sound

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]
SENTENCE = "The database cannot be reached or refuses to work: check DATABASE_URL and the server."


def test_whoever_asks_behind_a_black_hole_is_told_within_ten_seconds(
    process_environment: dict[str, str], client: Client
) -> None:
    port = connection.settings_dict["PORT"]
    with swallowing() as hole:
        connection.settings_dict["PORT"] = hole.port
        began = time.monotonic()
        try:
            status = client.get("/healthz").status_code
        finally:
            connection.settings_dict["PORT"] = port
        assert (status, time.monotonic() - began < 10) == (503, True)

        url = process_environment["DATABASE_URL"].replace(f":{port}/", f":{hole.port}/")
        environment = process_environment | {"DATABASE_URL": url}
        process = commands.start(environment, "pool_status", "--json")
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, json.loads(out)["error"]["message"]) == (3, SENTENCE)
    connection.close()


def test_a_worker_in_a_black_hole_loses_its_lease_and_has_no_effect_when_it_ends(
    settings: LazySettings,
) -> None:
    settings.POOL_LEASE_SECONDS = 1
    make_service()
    sweep_it()
    alone = outcome()
    make_service()
    with swallowing(after=CLAIM) as hole:
        worker = fork(hole.through(sweep_it))
        assert hole.has_swallowed()
        assert Booking.objects.filter(pool_status="processing").count() == 11
        time.sleep(1.2)
        run = sweep_it()
        assert outcome() == alone
        events = AuditEvent.objects.count()
        connection.close()
        hole.open()

        assert wait_for([worker]) == [0]
    assert run_ids() == [run]
    assert (outcome(), AuditEvent.objects.count()) == (alone, events)
    assert (Assignment.objects.count(), Decision.objects.count()) == (10, 11)
    assert_sound(from_the_start=True)
