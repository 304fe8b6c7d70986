"""What was bound, judged from the plain tables: a few lines that know nothing of the engine."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from assignment.engine.binding import Binding, bind
from assignment.engine.decide import decide_in_order
from assignment.engine.loading import load_facts, load_requests
from assignment.models import Assignment, Booking, BookingPerson, DoNotSend, Leave, Operation
from tests.assignment.engine.by_hand import AT_WORK
from tests.assignment.engine.instances import NOW, insert, make_instance
from tests.factories.bookings import booking_of

pytestmark = pytest.mark.django_db

QUARTER = dt.timedelta(minutes=15)


def bind_everything(seed: int) -> int:
    """Decide and bind a service of up to 25 people and 60 bookings; return how many positions."""
    made = make_instance(seed, people=25, bookings=60)
    insert(made)
    requests = load_requests(Booking.objects.filter(pool_status="ready").select_related("team"))
    facts = load_facts(requests, now=NOW, window_days=30, policy=made.policy)
    choices = decide_in_order(requests, facts=facts, policy=made.policy, now=NOW)
    rows = [
        Binding(request=row.request, chosen=row.chosen, dr_overridden=row.dr_overridden)
        for row in choices
    ]
    operation = Operation.objects.create(key="k", kind="test", business_now=NOW, actor="test")
    bind(rows, operation=operation)
    return sum(len(row.chosen) for row in rows)


def is_wrong(row: Assignment) -> set[str]:
    """Everything that speaks against one assignment."""
    person, booking = row.interpreter, booking_of(row)
    spoken = set(person.languages.split(";"))
    zone = ZoneInfo(person.time_zone or "UTC")
    quarters = [
        (row.starts_at + step * QUARTER).astimezone(zone)
        for step in range((row.ends_at - row.starts_at) // QUARTER)
    ]
    around = {"starts_at__lt": row.ends_at, "ends_at__gt": row.starts_at}
    named = BookingPerson.objects.filter(booking=booking, interpreter=person)
    others = Assignment.objects.filter(interpreter=person, **around).exclude(pk=row.pk)
    found = {
        "time": (row.starts_at, row.ends_at) != (booking.starts_at, booking.ends_at),
        "started": row.starts_at <= NOW,
        "active": not person.active or (person.team is not None and not person.team.active),
        "team": booking.team_id not in (None, person.team_id),
        "tenant": bool(booking.tenant_id)
        and (person.team is None or person.team.tenant_id != booking.tenant_id),
        "languages": any(
            tag not in spoken and (">" not in tag or not set(tag.split(">")) <= spoken)
            for tag in booking.languages.split(";")
        ),
        "skills": not set(filter(None, booking.skills.split(";"))) <= set(person.skills.split(";")),
        "hours": not all(AT_WORK[person.hours](at.weekday(), at.hour) for at in quarters),
        "leave": Leave.objects.filter(interpreter=person, **around).exists(),
        "overlap": others.filter(state__in=("active", "completed")).exists(),
        "excluded": named.filter(kind__in=("excluded", "declined")).exists(),
        "do_not_send": bool(booking.owner)
        and DoNotSend.objects.filter(owner=booking.owner, interpreter=person).exists(),
    }
    return {what for what, wrong in found.items() if wrong}


@pytest.mark.parametrize("seed", range(500, 510))
def test_nothing_speaks_against_anybody_who_was_bound(seed: int) -> None:
    count = bind_everything(seed)

    rows = Assignment.objects.filter(operation__isnull=False).select_related(
        "booking", "interpreter__team"
    )
    assert len(rows) == count > 0
    assert {str(row): is_wrong(row) for row in rows if is_wrong(row)} == {}
