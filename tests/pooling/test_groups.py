"""Five groups with exactly these permissions, whatever was there before."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from pooling.groups import install_groups

pytestmark = pytest.mark.django_db


def labels(group: str) -> set[str]:
    """The permissions of a group that are not merely for looking."""
    rows = Permission.objects.filter(group__name=group).exclude(codename__startswith="view_")
    return set(rows.values_list("codename", flat=True))


COORDINATOR = {
    "add_booking",
    "change_booking",
    "add_bookingperson",
    "change_bookingperson",
    "delete_bookingperson",
    "add_donotsend",
    "change_donotsend",
    "delete_donotsend",
    "add_interpreter",
    "change_interpreter",
    "add_leave",
    "change_leave",
    "delete_leave",
    "add_presence",
    "change_presence",
    "add_session",
    "change_session",
    "change_attention",
    "change_poolentry",
    "run_sweep",
}
LEAD = COORDINATOR | {
    "add_desk",
    "change_desk",
    "add_ledgeradjustment",
    "add_team",
    "change_team",
    "add_tenant",
    "change_tenant",
    "edit_policy",
    "switch_mode",
    "override_emergency",
}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("viewer", set()),
        ("auditor", set()),
        ("operator", {"repair", "run_sweep", "change_poolentry"}),
        ("coordinator", COORDINATOR),
        ("lead", LEAD),
    ],
)
def test_a_group_may_exactly_this(group: str, expected: set[str]) -> None:
    assert labels(group) == expected


@pytest.mark.parametrize(
    ("group", "may"),
    [
        ("viewer", False),
        ("coordinator", False),
        ("lead", True),
        ("operator", True),
        ("auditor", True),
    ],
)
def test_who_reads_the_audit_trail(group: str, may: bool) -> None:
    trail = Permission.objects.filter(group__name=group, codename="view_audit")

    assert trail.exists() == may


def test_what_was_added_or_taken_by_hand_is_put_right_and_others_stay() -> None:
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.set(Permission.objects.filter(codename="run_sweep"))
    own = Group.objects.create(name="our own")
    own.permissions.set(Permission.objects.filter(codename="run_sweep"))

    install_groups(using="default")
    install_groups(using="default")

    assert (labels("viewer"), labels("our own")) == (set(), {"run_sweep"})
    assert viewer.permissions.count() == 18
