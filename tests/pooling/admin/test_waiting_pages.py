"""Why an entry waits, what comes next, what would cure it; and taking up an offer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.models import Booking
from pooling.admin.waiting import waiting_of
from pooling.models import CureOffer, PoolEntry
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.forms import page_of
from tests.pooling.admin.people import client_of, escalated, failed, processing, ready, waiting

pytestmark = pytest.mark.django_db

ROLES = ("staff", "viewer", "auditor", "operator", "coordinator", "lead", "superuser")
MAY = ("operator", "coordinator", "lead", "superuser")


def told(entry: Booking) -> tuple[str, str, str]:
    """What the list says of an entry, an hour after it entered the pool."""
    assert entry.pool_entry_time
    now = entry.pool_entry_time + dt.timedelta(hours=1)
    found = waiting_of(PoolEntry.objects.get(pk=entry.pk), now=now)
    return (found.why, found.next_attempt, found.cure)


def offered(booking: Booking) -> CureOffer:
    """An offer of Mia for a booking that needs a person."""
    person = InterpreterFactory.create(name="Mia Sato")
    return CureOffer.objects.create(booking=booking, interpreter=person)


def again(booking: Booking) -> str:
    """The address of the one click."""
    return reverse("admin:pooling_attention_try_again", args=(booking.pk,))


def test_an_entry_before_its_deadline_waits_for_it() -> None:
    assert told(waiting()) == ("Until its deadline.", "", "")


def test_a_due_entry_waits_for_the_next_tick() -> None:
    assert told(ready()) == ("Due: the next tick or sweep takes it.", "", "")


def test_an_entry_in_backoff_tells_its_error_and_its_next_attempt() -> None:
    again_at = timezone.now() + dt.timedelta(days=1)
    entry = ready(pool_next_attempt_at=again_at, pool_last_error="IN-1 is now on leave.")
    entry.pool_entry_time = again_at - dt.timedelta(hours=1, minutes=9)

    assert told(entry) == (
        "IN-1 is now on leave.",
        "in 9 min",
        "It is tried at once when somebody who can take it becomes available.",
    )


def test_an_entry_that_is_due_again_tells_what_went_wrong() -> None:
    entry = ready(pool_last_error="IN-1 is now on leave.")

    assert told(entry)[0] == "Due again. The last attempt: IN-1 is now on leave."


@pytest.mark.parametrize(
    ("lease", "cure"),
    [
        (1, "Nothing to do: should its worker have died, it is free in 1 min."),
        (-1, "Its worker is gone: the next tick frees it."),
    ],
)
def test_an_entry_that_a_worker_holds_says_when_it_is_free(lease: int, cure: str) -> None:
    entry = processing()
    assert entry.pool_entry_time
    until = entry.pool_entry_time + dt.timedelta(hours=1, minutes=lease)
    Booking.objects.filter(pk=entry.pk).update(pool_lease_until=until)

    assert told(entry) == ("A worker is deciding it.", "now", cure)


def test_a_dead_letter_asks_for_a_person() -> None:
    assert told(failed()) == (
        "Deciding failed.",
        "none by itself",
        "Put right what the error says, then retry it.",
    )


def test_an_offer_is_the_cure_of_a_dead_letter() -> None:
    entry = failed()
    offered(entry)

    assert told(entry)[2] == "Mia Sato could take it now: retry it."


def test_the_list_of_entries_shows_reason_cure_and_next_attempt() -> None:
    failed()

    text = client_of("viewer").get(reverse("admin:pooling_poolentry_changelist")).content.decode()

    assert (
        'Deciding failed.<br><span class="quiet">Next attempt: none by itself. '
        "Put right what the error says, then retry it.</span>" in text
    )


def test_an_entry_of_which_nothing_is_wrong_has_a_short_row() -> None:
    waiting()

    text = client_of("viewer").get(reverse("admin:pooling_poolentry_changelist")).content.decode()

    assert '<td class="field-why">Until its deadline.</td>' in text
    assert "Next attempt" not in text


def test_the_lists_ask_no_more_for_offers(django_assert_max_num_queries: Any) -> None:
    client = client_of("viewer")
    for booking in (failed(), failed(), escalated(), escalated()):
        offered(booking)

    for page in ("pooling_poolentry", "pooling_attention"):
        with django_assert_max_num_queries(16):
            client.get(reverse(f"admin:{page}_changelist"))


def test_needs_a_person_and_the_dashboard_name_who_could_take_it() -> None:
    booking = escalated()
    offered(booking)
    client = client_of("coordinator")

    text = client.get(reverse("admin:pooling_attention_changelist")).content.decode()

    assert "Mia Sato could take it now." in text
    assert again(booking) in text
    for address in ("/admin/", page_of(booking)):
        assert "Mia Sato could take it now." in client.get(address).content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_trying_again_asks_first_and_is_for_those_who_may(role: str) -> None:
    booking = escalated()
    offered(booking)

    answer = client_of(role).get(again(booking))

    booking.refresh_from_db()
    assert answer.status_code == (200 if role in MAY else 403)
    assert booking.escalated_at is not None
    if role in MAY:
        assert answer.context["reason"] == "Mia Sato could take it now."
        assert answer.context["touched"] == [booking]


def test_taking_up_the_offer_sends_the_booking_back_and_ends_it() -> None:
    booking, client = escalated(), client_of("coordinator")
    offered(booking)
    context = client.get(again(booking)).context
    fields = {name: context[name] for name in ("selection", "token", "reason")}

    client.post(reverse("admin:pooling_attention_do", args=("retry",)), fields)

    booking.refresh_from_db()
    assert (booking.escalated_at, booking.pool_status) == (None, "ready")
    assert not CureOffer.objects.exists()


def test_a_booking_that_needs_nobody_cannot_be_tried_again() -> None:
    assert client_of("coordinator").get(again(ready())).status_code == 404


def test_both_lists_say_since_when() -> None:
    failed()
    client = client_of("viewer")

    for page in ("pooling_poolentry", "pooling_attention"):
        text = client.get(reverse(f"admin:{page}_changelist")).content.decode()
        assert '<span class="quiet">since <time' in text
