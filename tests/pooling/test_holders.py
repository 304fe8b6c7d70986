"""Who has a booking now, on its page and in ``explain``, whatever the machine once decided."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from assignment.audit import COMMAND, Entry, record
from assignment.models import Assignment, Booking
from pooling.by_hand import Hand, give_by_hand
from pooling.models import Run
from pooling.sweep import sweep
from pooling.undo import undo_run
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import client_of, in_hours, ready

pytestmark = pytest.mark.django_db
NOT_IN_FORCE = "The last decision of the machine, no longer in force:"


def explained(booking: Booking) -> tuple[list[str], dict[str, Any]]:
    """The lines and the JSON of ``explain``."""
    text, data = io.StringIO(), io.StringIO()
    call_command("explain", booking.ref, stdout=text)
    call_command("explain", booking.ref, "--json", stdout=data)
    return text.getvalue().splitlines(), json.loads(data.getvalue())


def panel(booking: Booking) -> str:
    """The words of the decision on the page of the booking."""
    address = reverse("admin:assignment_booking_change", args=(booking.pk,))
    page = client_of("viewer").get(address).content.decode()
    text = strip_tags(page.partition('id="decision-title">')[2].partition("</section>")[0])
    return " ".join(text.split())


def decided_for_ana() -> tuple[Booking, dt.datetime]:
    """A booking that the machine gave to Ana while Ben could have had it too."""
    InterpreterFactory.create(ref="ANA", name="Ana")
    booking, now = ready(ref="B-1"), timezone.now().replace(microsecond=0)
    sweep(now=now, slot="now", actor=COMMAND)
    InterpreterFactory.create(ref="BEN", name="Ben")
    booking.refresh_from_db()
    return booking, now


def given_to_ben() -> tuple[Booking, str]:
    """The same booking after a person gave it to Ben; and when, as text."""
    booking, now = decided_for_ana()
    work = Assignment.objects.select_related("interpreter").get()
    ben = InterpreterFactory._meta.model.objects.get(ref="BEN")
    hand = Hand(
        booking_id=booking.pk,
        version=booking.version,
        people=(ben.pk,),
        leaving=work.interpreter_id,
    )
    give_by_hand(hand, now=now, actor=COMMAND, reason="She asked for it.", token="t")
    return booking, f"{now:%Y-%m-%dT%H:%M:%SZ}"


def test_explain_says_first_who_has_it_by_hand_and_then_what_the_machine_decided() -> None:
    booking, at = given_to_ben()

    lines, data = explained(booking)

    assert lines[:2] == [
        f"B-1: Ben (BEN) has it, given by hand by command line, {at}: She asked for it.",
        NOT_IN_FORCE,
    ]
    assert lines[2].startswith("B-1: was assigned to ANA.")
    assert any("ANA" in line and "was chosen" in line for line in lines[3:])
    assert (data["outcome"], data["chosen"], data["in_force"]) == ("assigned", ["ANA"], False)
    assert data["holders"] == [
        {
            "interpreter": "BEN",
            "by_hand": True,
            "by": "command line",
            "at": at,
            "reason": "She asked for it.",
        }
    ]


def test_the_page_says_first_who_has_it_by_hand_and_then_what_the_machine_decided() -> None:
    booking, _ = given_to_ben()

    text = panel(booking)

    assert text.index("has it Ben, given by hand by command line") < text.index(
        "What follows is the last decision of the machine. It is no longer in force."
    )
    assert "She asked for it." in text
    assert text.index("no longer in force") < text.index("was assigned Ana")
    assert "Ana ANAwas chosen" in text


def test_a_decision_in_force_is_told_as_before() -> None:
    booking, _ = decided_for_ana()

    lines, data = explained(booking)

    assert lines[0].startswith("B-1: assigned.")
    assert data["in_force"] is True
    assert [row["interpreter"] for row in data["holders"]] == ["ANA"]
    text = panel(booking)
    assert "no longer in force" not in text
    assert "has it" not in text
    assert "Ana ANAchosen" in text


def test_a_decision_that_was_taken_back_is_no_longer_in_force() -> None:
    booking, now = decided_for_ana()
    undo_run(Run.objects.get(), now=now, actor=COMMAND, reason="A mistake.")

    lines, data = explained(booking)

    assert lines[:2] == ["B-1: nobody has it now.", NOT_IN_FORCE]
    assert (data["holders"], data["in_force"]) == ([], False)
    assert "no longer in force: nobody has the booking now." in panel(booking)


def test_work_that_came_with_the_booking_is_no_decision_of_ours() -> None:
    booking = approved(InterpreterFactory.create(ref="ANA", name="Ana"), ref="B-1")
    booking_is_over(booking)

    lines, data = explained(booking)

    (at,) = (row["at"] for row in data["holders"])
    assert lines == [
        f"B-1: Ana (ANA) did it, recorded with the booking by command line, {at}: Sample data.",
        "The machine did not decide it.",
    ]
    assert (data["outcome"], data["chosen"], data["in_force"]) == ("assigned", [], False)
    text = panel(booking)
    assert "did it Ana, recorded with the booking by command line" in text
    assert "The machine did not decide it" in text
    assert "Nothing is decided yet" not in text


def test_work_of_which_nothing_tells_who_gave_it_says_so() -> None:
    person = InterpreterFactory.create(ref="ANA", name="Ana")
    booking = approved(person, ref="B-1", starts_at=in_hours(9))

    lines, _ = explained(booking)

    assert lines[0] == ("B-1: Ana (ANA) has it; who gave it to them is not on record.")
    assert "has it Ana; who gave it to them is not on record." in panel(booking)


def booking_is_over(booking: Booking) -> None:
    """Leave the booking as an import of past work does."""
    Booking.objects.filter(pk=booking.pk).update(state="completed")
    Assignment.objects.update(state="completed", by_hand=True)
    event = Entry(
        action="complete",
        object_type="booking",
        object_ref=booking.ref,
        to_state="completed",
        reason="Sample data.",
    )
    record([event], actor=COMMAND)
    booking.refresh_from_db()
