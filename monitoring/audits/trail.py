"""The audit trail against itself and against the tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, Lag

from assignment.enums import BookingState
from assignment.models import AuditEvent, Booking
from monitoring.audits.finding import Examined, Wrong
from pooling.pool import contradictions

BIRTH = Value("ungated", output_field=CharField())
"""The state in which every booking begins: not gated yet."""


def every_step_begins_where_the_last_one_ended(_: dt.datetime) -> Examined:
    """The transitions of a booking join up, from "not gated yet" on."""
    before = Window(
        Lag("to_state", default=BIRTH), partition_by=F("object_ref"), order_by=F("pk").asc()
    )
    broken = _transitions().annotate(before=before).exclude(from_state=F("before"))
    rows = broken.order_by("object_ref", "pk")
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"booking {ref}",
            message=f"Its event {key} begins at {start}, but it was {before}: an event is missing "
            "or was changed; compare with a backup.",
        )
        for key, ref, start, before in rows.values_list("pk", "object_ref", "from_state", "before")
    )
    return Examined(checked=_transitions().count(), wrong=wrong)


def every_booking_is_as_its_last_event_says(_: dt.datetime) -> Examined:
    """The state of a booking is the one to which its last transition led."""
    mine = _transitions().filter(object_ref=OuterRef("ref")).order_by("-pk")
    actual = Case(
        When(pool_status__isnull=False, then=F("pool_status")),
        When(escalated_at__isnull=False, then=Value("escalated")),
        When(state=BookingState.WAITING, then=BIRTH),
        default=F("state"),
        output_field=CharField(),
    )
    told = Coalesce(Subquery(mine.values("to_state")[:1]), BIRTH, output_field=CharField())
    # what contradicts itself has no state that could be compared
    one_state = Booking.objects.order_by().exclude(
        contradictions.STATUS_MISSING | contradictions.SETTLED | contradictions.ESCALATION_LEFT_OVER
    )
    rows = one_state.annotate(told=told, actual=actual).exclude(told=F("actual")).order_by("ref")
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"booking {ref}",
            message=f"It is {actual}, but its audit trail ends at {told}: find out who changed it.",
        )
        for key, ref, told, actual in rows.values_list("pk", "ref", "told", "actual")
    )
    return Examined(checked=one_state.count(), wrong=wrong)


def no_booking_is_lost(_: dt.datetime) -> Examined:
    """Every booking of which the audit trail tells is still there."""
    known = Booking.objects.order_by().values("ref")
    gone = _transitions().exclude(object_ref__in=known).values_list("object_ref", flat=True)
    wrong = tuple(
        Wrong(
            thing=f"booking {ref}",
            message="The audit trail tells of it, but it is gone: restore it from a backup.",
        )
        for ref in gone.distinct().order_by("object_ref")
    )
    checked = _transitions().values("object_ref").distinct().count()
    return Examined(checked=checked, wrong=wrong)


def _transitions() -> QuerySet[AuditEvent, Any]:
    return AuditEvent.objects.filter(object_type="booking").exclude(to_state="").order_by()
