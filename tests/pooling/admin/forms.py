"""The form of a booking as a browser sends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.models import Booking
from tests.pooling.admin.people import in_hours

ADD = "/admin/assignment/booking/add/"


def split(name: str, moment: dt.datetime) -> dict[str, str]:
    """An instant as the two fields of the form, in the display time zone."""
    local = timezone.localtime(moment)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def fields(**changes: Any) -> dict[str, str]:
    """A valid form for a new booking in two days."""
    start = in_hours(48)
    sent = {
        "ref": "B-1",
        "title": "Board meeting",
        "meeting_type": "VIP",
        "dr_type": "",
        "other_type": "",
        "languages": "ja;th",
        "skills": "",
        "interpreters_needed": "1",
        "buffer_minutes": "",
        "team": "",
        "owner": "",
        "group": "",
        "room": "",
        "tenant": "",
        **split("starts_at", start),
        **split("ends_at", start + dt.timedelta(hours=1)),
        "people-TOTAL_FORMS": "0",
        "people-INITIAL_FORMS": "0",
    }
    return sent | changes


def opened(client: Client, booking: Booking) -> dict[str, str]:
    """What the browser holds after opening the page of a booking."""
    form = client.get(page_of(booking)).context["adminform"].form
    mark = form.initial["opened"]
    return fields(
        title=booking.title,
        meeting_type=booking.meeting_type,
        languages=booking.languages,
        opened=mark,
        **split("starts_at", booking.starts_at),
        **split("ends_at", booking.ends_at),
    )


def page_of(booking: Booking) -> str:
    """The address of a booking's page."""
    return reverse("admin:assignment_booking_change", args=(booking.pk,))


def errors_of(answer: Any) -> dict[str, list[str]]:
    """The messages of a form that was refused."""
    return dict(answer.context["adminform"].form.errors)
