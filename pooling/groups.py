"""The five groups and their exact permissions, made after every migrate; idempotent."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

READ = (
    "assignment.view_assignment",
    "assignment.view_booking",
    "assignment.view_bookingperson",
    "assignment.view_decision",
    "assignment.view_desk",
    "assignment.view_donotsend",
    "assignment.view_interpreter",
    "assignment.view_leave",
    "assignment.view_ledgeradjustment",
    "assignment.view_policy",
    "assignment.view_presence",
    "assignment.view_session",
    "assignment.view_team",
    "assignment.view_tenant",
    "pooling.view_attention",
    "pooling.view_plan",
    "pooling.view_poolentry",
    "pooling.view_run",
)
COORDINATE = (
    "assignment.add_booking",
    "assignment.change_booking",
    "assignment.add_bookingperson",
    "assignment.change_bookingperson",
    "assignment.delete_bookingperson",
    "assignment.add_donotsend",
    "assignment.change_donotsend",
    "assignment.delete_donotsend",
    "assignment.add_interpreter",
    "assignment.change_interpreter",
    "assignment.add_leave",
    "assignment.change_leave",
    "assignment.delete_leave",
    "assignment.add_presence",
    "assignment.change_presence",
    "assignment.add_session",
    "assignment.change_session",
    "pooling.change_attention",
    "pooling.change_poolentry",
    "pooling.run_sweep",
)
LEAD = (
    "assignment.add_desk",
    "assignment.change_desk",
    "assignment.add_ledgeradjustment",
    "assignment.add_team",
    "assignment.change_team",
    "assignment.add_tenant",
    "assignment.change_tenant",
    "assignment.edit_policy",
    "assignment.switch_mode",
    "assignment.view_audit",
    "assignment.view_auditevent",
    "pooling.override_emergency",
)
OPERATE = (
    "assignment.view_audit",
    "assignment.view_auditevent",
    "pooling.change_poolentry",
    "pooling.repair",
    "pooling.run_sweep",
)
AUDIT = ("assignment.view_audit", "assignment.view_auditevent")

GROUPS = {
    "viewer": READ,
    "coordinator": READ + COORDINATE,
    "lead": READ + COORDINATE + LEAD,
    "operator": READ + OPERATE,
    "auditor": READ + AUDIT,
}


def install_groups(*, using: str) -> None:
    """Write: give each group exactly its permissions, as soon as those exist.

    The permissions of an app are made after its own migrations, so an early call finds
    only some of them and a later one completes the groups.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using)
        .select_related("content_type")
        .filter(content_type__app_label__in=("assignment", "pooling"))
    }
    for name, wanted in GROUPS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([known[label] for label in wanted if label in known])
