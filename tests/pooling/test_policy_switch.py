"""``apply_policy``: all new or all old, exactly what was predicted, refused with a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from assignment.audit import Actor
from assignment.errors import InputError, StaleError
from assignment.models import AuditEvent, Booking, Interpreter, Operation, Policy
from assignment.policies import current_policy, store_policy
from assignment.policy_json import InvalidPolicyError
from assignment.policy_values import Days
from pooling.policy_review import review
from pooling.policy_switch import (
    PolicyConflictError,
    UnacknowledgedError,
    preview,
)
from tests.pooling.entries import NOW, in_days, pooled
from tests.pooling.switching import make_a_mixed_pool, pool_rows, switch, to

pytestmark = pytest.mark.django_db


def test_a_switch_re_dates_the_waiting_and_leaves_the_rest() -> None:
    make_a_mixed_pool()

    report = switch(to("URGENT"))

    assert (report.old_mode, report.new_mode, report.version) == ("NORMAL", "URGENT", 2)
    assert report.impact.counts == {
        "pooled": 7,
        "affected": 3,
        "immediate": 1,
        "redated": 1,
        "escalated": 1,
        "errors": 0,
        "left": 4,
    }
    assert pool_rows() == {
        "B-1": ("waiting", in_days(6)),
        "B-2": ("ready", in_days(-1)),
        "B-3": ("waiting", in_days(13)),
        "B-4": (None, None),
        "B-5": ("processing", in_days(2)),
        "B-6": ("ready", in_days(2)),
        "B-7": ("failed", in_days(2)),
    }
    started = Booking.objects.get(ref="B-4")
    assert (started.escalated_at, started.escalation_code) == (NOW, "already_started")
    assert report.immediate_ids == (Booking.objects.get(ref="B-2").pk,)
    assert current_policy().mode == "URGENT"


def test_a_switch_back_to_balance_moves_deadlines_later() -> None:
    pooled("B-1", start=20, deadline=6, meeting_type="General")

    assert switch(to("BALANCE")).impact.counts["redated"] == 1
    assert pool_rows() == {"B-1": ("waiting", in_days(12))}


def test_a_saved_threshold_re_dates_its_type_alone() -> None:
    pooled("B-1", start=20, deadline=10, meeting_type="General")
    pooled("B-2", start=20, deadline=10, meeting_type="DR")
    current = current_policy()
    row = {("NORMAL", "DR"): Days(urgent=12, general=30)}

    report = switch(replace(current, thresholds={**current.thresholds, **row}))

    assert [row.entry.ref for row in report.impact.affected] == ["B-2"]
    assert pool_rows() == {"B-1": ("waiting", in_days(10)), "B-2": ("waiting", in_days(8))}


def test_every_change_is_an_audit_event_of_one_operation() -> None:
    make_a_mixed_pool()
    user = User.objects.create_user("lee")

    switch(to("URGENT"), actor=Actor.of_user(user))

    events = AuditEvent.objects.order_by("object_type", "object_ref")
    assert [
        (row.object_ref, row.action, row.from_state, row.to_state, row.actor, row.reason)
        for row in events
    ] == [
        ("B-1", "redate", "waiting", "waiting", "lee", "Peak"),
        ("B-2", "due", "waiting", "ready", "lee", "Peak"),
        (
            "B-4",
            "escalate",
            "waiting",
            "escalated",
            "lee",
            "The meeting had already started when the policy changed.",
        ),
        ("2", "switch_mode", "NORMAL", "URGENT", "lee", "Peak"),
    ]
    operation = Operation.objects.get()
    assert (operation.key, operation.kind, operation.user) == ("policy:2", "mode_switch", user)
    assert operation.business_now == NOW
    assert operation.finished_at is not None
    assert operation.result is not None
    assert operation.result["affected"] == 3
    assert [row["booking"] for row in operation.result["entries"]] == [
        f"B-{number}" for number in range(1, 8)
    ]
    assert Policy.objects.get(version=2).created_by == user


def test_the_same_values_do_nothing_and_say_so() -> None:
    pooled("B-1", start=20, deadline=4)

    report = switch(to("NORMAL"))

    assert not report.changed
    assert report.impact.rows == ()
    assert (Policy.objects.count(), Operation.objects.count(), AuditEvent.objects.count()) == (
        1,
        0,
        0,
    )
    assert pool_rows() == {"B-1": ("waiting", in_days(4))}


def test_a_preview_writes_nothing_and_says_the_same() -> None:
    make_a_mixed_pool()
    before = pool_rows()

    shown = preview(to("URGENT"), now=NOW)

    assert (pool_rows(), Policy.objects.count(), AuditEvent.objects.count()) == (before, 1, 0)
    assert shown.impact == switch(to("URGENT")).impact


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "bad\u202etext"])
def test_a_reason_is_needed(reason: str) -> None:
    with pytest.raises(InputError):
        switch(to("URGENT"), reason=reason)

    assert current_policy().version == 1


def test_errors_refuse() -> None:
    values = to("CUSTOM", custom=replace(current_policy().custom, w_fair=6))

    with pytest.raises(InvalidPolicyError) as refused:
        switch(values)

    assert [finding.code for finding in refused.value.findings] == ["w_fair_out_of_range"]
    assert current_policy().version == 1


def test_warnings_must_be_acknowledged_one_by_one() -> None:
    values = to("BALANCE")

    with pytest.raises(UnacknowledgedError) as refused:
        switch(values, acknowledged=frozenset({"few_interpreters"}))
    assert [finding.code for finding in refused.value.findings] == ["balance_few_pooled"]
    assert current_policy().version == 1

    both = frozenset({"few_interpreters", "balance_few_pooled"})
    assert switch(values, acknowledged=both).version == 2


@pytest.mark.parametrize(
    ("mode", "statuses", "codes"),
    [
        ("URGENT", ["waiting"] * 50, []),
        ("URGENT", ["waiting"] * 51, ["urgent_many_pooled"]),
        ("BALANCE", ["waiting"] * 4, ["balance_few_pooled"]),
        ("BALANCE", ["waiting"] * 5, []),
        ("URGENT", ["processing"], ["something_processing"]),
        ("URGENT", ["failed"], ["failed_entries"]),
        (
            "BALANCE",
            ["failed", "processing"],
            ["something_processing", "failed_entries", "balance_few_pooled"],
        ),
    ],
)
def test_warnings_of_a_switch(mode: str, statuses: list[str], codes: list[str]) -> None:
    for number in range(3):
        Interpreter.objects.create(ref=f"I-{number}", name=f"I {number}", languages="ja")
    for number, status in enumerate(statuses):
        pooled(f"B-{number}", start=20, deadline=13, status=status)

    assert [finding.code for finding in review(to(mode), now=NOW).warnings] == codes


def test_the_warning_of_a_full_pool_says_how_many_become_due_at_once() -> None:
    for number in range(51):
        soon = number < 6
        start, deadline = (12, 2) if soon else (20, 10)
        pooled(f"B-{number}", start=start, deadline=deadline, meeting_type="General")

    (finding,) = review(to("URGENT"), now=NOW).warnings

    assert finding.message == (
        "51 bookings are in the pool. URGENT makes 6 of them due at once, and decides whatever "
        "is due with little regard to fairness: consider NORMAL above 50."
    )


def test_a_saved_policy_of_the_same_mode_has_no_warnings_of_a_switch() -> None:
    pooled("B-1", start=20, deadline=13, status="processing")

    assert review(to("NORMAL", w_preference=1.0), now=NOW).warnings == ()


def test_a_version_saved_meanwhile_is_a_conflict_that_names_who_and_when() -> None:
    opened = current_policy()
    store_policy(to("CUSTOM"), reason="First", user=User.objects.create_user("kim"))
    saved_at = Policy.objects.get(version=2).created_at

    with pytest.raises(PolicyConflictError) as refused:
        switch(replace(opened, mode="URGENT"), base_version=opened.version)

    assert str(refused.value) == (
        f"Version 2 was saved by kim at {saved_at:%Y-%m-%d %H:%M} UTC, after you opened version 1: "
        "look at it and make your change again."
    )
    assert current_policy().mode == "CUSTOM"


def test_a_pool_that_changed_since_the_preview_is_refused_once() -> None:
    pooled("B-1", start=20, deadline=10, meeting_type="General")
    expected = preview(to("URGENT"), now=NOW).impact.digest
    pooled("B-2", start=20, deadline=10, meeting_type="General")

    with pytest.raises(StaleError):
        switch(to("URGENT"), expected=expected)
    assert current_policy().mode == "NORMAL"

    again = preview(to("URGENT"), now=NOW).impact.digest
    assert switch(to("URGENT"), expected=again).impact.counts["redated"] == 2
