"""What the tests themselves leave to the next one: nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from assignment.guarantees import guarantees_of, missing
from assignment.models import AuditEvent, Booking, Policy
from tests import emptying
from tests.emptying import empty_database, look_at
from tests.faults.service import make_service, sweep_it
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clean() -> emptying.Emptied:
    """What a whole flush leaves."""
    emptying.last_flushed.clear()
    empty_database(connection)
    return look_at(connection)


def test_what_was_filled_is_emptied_and_what_guards_it_stands_again(
    clean: emptying.Emptied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "flush", pytest.fail)
    client_of("lead")
    make_service()
    sweep_it()
    assert AuditEvent.objects.exists()

    empty_database(connection)

    assert look_at(connection) == clean
    assert missing(connection) == ()
    assert not Booking.objects.exists()


def test_rows_of_every_migrate_that_a_test_took_away_come_back(clean: emptying.Emptied) -> None:
    names = set(Group.objects.values_list("name", flat=True))
    Group.objects.all().delete()
    Policy.objects.all().delete()

    empty_database(connection)

    assert set(Group.objects.values_list("name", flat=True)) == names
    assert Policy.objects.count() == 1
    assert look_at(connection).rows.keys() == clean.rows.keys()


def test_a_guarantee_that_a_test_took_away_comes_back(clean: emptying.Emptied) -> None:
    with connection.cursor() as cursor:
        cursor.execute(guarantees_of(connection)[0].drop)

    empty_database(connection)

    assert missing(connection) == ()
    assert look_at(connection).guarantees == clean.guarantees
