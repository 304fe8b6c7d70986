"""A browser on the policy pages, for tests."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from assignment.models import Booking
from assignment.policies import current_policy
from pooling.admin.policy_forms import PolicyForm, hidden_pairs, initial_of
from pooling.policy_plan import keep, propose
from pooling.policy_review import review
from tests.pooling.entries import pooled

PAGE = "/admin/assignment/policy/"
ALL = ("view_policy", "edit_policy", "switch_mode")


def signed_in(*permissions: str) -> Client:
    """A browser in which a member of staff with these permissions is signed in.

    They are those of the app assignment, unless another app is named before a dot.
    """
    user = User.objects.create_user("lee", is_staff=True)
    for name in permissions:
        app, _, codename = name.rpartition(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app or "assignment", codename=codename)
        )
    client = Client()
    client.force_login(user)
    return client


def fields(**changes: Any) -> dict[str, Any]:
    """The fields of the form as the page would send them, with these changed.

    With a reason it is the confirmation of what the page shows at this moment.
    """
    current = current_policy()
    sent: dict[str, Any] = {}
    for name, value in hidden_pairs(initial_of(current, base_version=current.version)):
        sent[name] = [*sent[name], value] if name in sent else [value]
    sent |= changes
    return shown(sent) | sent if "reason" in changes else sent


def shown(sent: dict[str, Any]) -> dict[str, str]:
    """The hidden fields of what the confirmation shows: the impact and the plan."""
    data = QueryDict(mutable=True)
    for name, value in sent.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = PolicyForm(data)
    assert form.is_valid()
    now = timezone.now()
    impact = review(form.values, now=now).impact
    assert impact
    draft = propose(impact, values=form.values, now=now)
    return {"expected": impact.digest} | ({"proposed": keep(draft)} if draft else {})


def later(ref: str, *, start: float, lead: float, status: str = "waiting") -> Booking:
    """A General entry, so many days from the real clock, decided so many days before."""
    return pooled(
        ref,
        start=start,
        deadline=start - lead,
        meeting_type="General",
        status=status,
        now=timezone.now(),
    )
