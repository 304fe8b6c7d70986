"""The first start: sample data, one sweep, and somebody who can sign in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.command import instant_text
from assignment.models import Booking, Interpreter
from monitoring.one_time_password import set_one_time_password
from pooling.holds import ClaimHoldError
from pooling.reports import RunReport
from pooling.sample.loading import Loaded, load_sample
from pooling.sweep import preview_sweep, sweep

LEAD = "lead"
GROUPS_OF_LEAD = (LEAD, "operator")
"""Whoever tries the product out steers it and keeps it running."""
BOOKINGS, INTERPRETERS, SEED = 1_500, 42, 1


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What a first start did: ``loaded`` and ``password`` are None where it was not needed.

    ``user`` is empty when the database has users, none of whom is the sample lead. ``hold``
    says why nothing was claimed; the report is then what a sweep would do.
    """

    loaded: Loaded | None
    report: RunReport
    user: str
    password: str | None
    hold: str = ""


def prepare(*, now: dt.datetime) -> Demo:
    """Write: the sample if the database is empty, one sweep, the lead if there is no user."""
    loaded = None
    if not Booking.objects.exists() and not Interpreter.objects.exists():
        loaded = load_sample(
            bookings=BOOKINGS,
            interpreters=INTERPRETERS,
            seed=SEED,
            start=timezone.localdate(now),
            now=now,
            actor=COMMAND,
        )
    slot = instant_text(now.replace(second=0, microsecond=0)) or ""
    hold = ""
    try:
        report = sweep(now=now, slot=slot, actor=COMMAND)
    except ClaimHoldError as refusal:
        hold, report = str(refusal), preview_sweep(now=now)
    password = make_lead()
    known = User.objects.filter(username=LEAD).exists()
    return Demo(
        loaded=loaded,
        report=report,
        user=LEAD if known else "",
        password=password,
        hold=hold,
    )


def make_lead() -> str | None:
    """Write: the user “lead”, unless somebody can sign in already; return the password.

    Staff in the groups of leads and operators, never a superuser.
    """
    with transaction.atomic():
        if User.objects.exists():
            return None
        lead = User(username=LEAD, is_staff=True)
        password = set_one_time_password(lead)
        lead.save()
        lead.groups.set(Group.objects.filter(name__in=GROUPS_OF_LEAD))
    return password
