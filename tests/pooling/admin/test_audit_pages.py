"""The audit trail as its readers see it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.models import AuditEvent
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("zone", "name"), [("UTC", "UTC"), ("Asia/Tokyo", "JST")])
def test_list_and_page_tell_the_second_in_the_display_time_zone(zone: str, name: str) -> None:
    event = AuditEvent.objects.create(
        actor_kind="command", actor="x", action="gate", object_type="booking", reason="So."
    )
    event.refresh_from_db()
    local = event.at.astimezone(ZoneInfo(zone))
    client = client_of("auditor")
    pages = (
        reverse("admin:assignment_auditevent_changelist"),
        reverse("admin:assignment_auditevent_change", args=(event.pk,)),
    )

    with timezone.override(zone):
        for address in pages:
            page = client.get(address).content.decode()
            assert f'<span class="clock">{local:%H:%M:%S} <span class="zone">{name}<' in page
