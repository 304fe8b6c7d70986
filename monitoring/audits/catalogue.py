"""All audits, in the order in which a repair goes about them.

The trail's end first, so that the events of other repairs join up with it; the schema last,
when no row stands in the way of a constraint any more.
"""

from __future__ import annotations

import datetime as dt

from assignment.snapshot import read_snapshot
from monitoring.audits import (
    decisions,
    entries,
    house,
    people,
    references,
    runs,
    sessions,
    shapes,
    trail,
    work,
)
from monitoring.audits.finding import Audit, Examined, Finding

SCHEMA = frozenset({"guarantee_missing", "constraint_missing", "index_missing", "schedule_wrong"})
"""What is said of the database itself, not of its rows."""
CLEARED = "What is left of it is cleared."
DEAD_LETTER = "It becomes failed with reason corrupt; the event keeps its values."
RECREATED = "It is created again."

AUDITS = (
    Audit(
        code="trail_state_differs",
        severity="high",
        examine=trail.every_booking_is_as_its_last_event_says,
        repair="An event records the state as it was found.",
    ),
    Audit(
        code="overlapping_work",
        severity="critical",
        examine=work.nobody_works_twice_at_once,
    ),
    Audit(
        code="work_time_differs",
        severity="high",
        examine=work.people_are_bound_at_the_time_of_the_booking,
        repair="The booking is re-checked: its people move with it or are withdrawn.",
    ),
    Audit(
        code="work_left_over",
        severity="high",
        examine=work.nobody_is_bound_to_a_booking_that_is_not_approved,
        repair="The assignment ends as its booking did, or is withdrawn.",
    ),
    Audit(
        code="approved_incomplete",
        severity="critical",
        examine=work.approved_bookings_have_exactly_their_people,
        repair="Its people are withdrawn and it passes the gate again.",
    ),
    Audit(
        code="completion_overdue",
        severity="medium",
        examine=work.what_is_over_is_completed,
        repair="It is completed.",
    ),
    Audit(
        code="entry_ends_before_start",
        severity="critical",
        examine=entries.entries_end_after_they_start,
        repair=DEAD_LETTER,
    ),
    Audit(
        code="entry_attempts_impossible",
        severity="high",
        examine=entries.entries_were_claimed_a_possible_number_of_times,
        repair=DEAD_LETTER,
    ),
    Audit(
        code="entry_deadline_wrong",
        severity="high",
        examine=entries.entries_have_a_deadline_before_their_start,
        repair="Its deadline is reckoned by the policy in force.",
    ),
    Audit(
        code="entry_time_missing",
        severity="low",
        examine=entries.entries_have_an_entry_time,
        repair="The time at which the booking was made stands for it.",
    ),
    Audit(
        code="entry_status_missing",
        severity="high",
        examine=entries.nothing_is_half_in_the_pool,
        repair=CLEARED,
    ),
    Audit(
        code="entry_settled",
        severity="high",
        examine=entries.nothing_in_the_pool_is_settled,
        repair=CLEARED,
    ),
    Audit(
        code="entry_assigned",
        severity="medium",
        examine=entries.nothing_in_the_pool_has_all_its_people,
        repair="It is approved.",
    ),
    Audit(
        code="entry_without_lease",
        severity="high",
        examine=entries.whoever_processes_holds_a_lease,
        repair="It is ready again.",
    ),
    Audit(
        code="entry_lease_expired",
        severity="medium",
        examine=entries.no_lease_is_long_over,
        repair="It is rescued.",
    ),
    Audit(
        code="entry_lease_left_over",
        severity="low",
        examine=entries.only_what_is_processed_is_leased,
        repair=CLEARED,
    ),
    Audit(
        code="escalated_without_reason",
        severity="low",
        examine=entries.whoever_needs_a_person_says_why,
        repair="It gets the reason corrupt.",
    ),
    Audit(
        code="escalation_left_over",
        severity="low",
        examine=entries.nothing_settled_needs_a_person,
        repair=CLEARED,
    ),
    Audit(
        code="person_not_active",
        severity="medium",
        examine=people.nobody_is_bound_who_is_not_active,
    ),
    Audit(
        code="person_on_leave",
        severity="medium",
        examine=people.nobody_is_bound_who_is_on_leave,
    ),
    Audit(
        code="person_excluded",
        severity="medium",
        examine=people.nobody_is_bound_who_is_excluded,
    ),
    Audit(
        code="person_without_language",
        severity="medium",
        examine=people.nobody_is_bound_without_the_languages,
    ),
    Audit(
        code="trail_broken",
        severity="critical",
        examine=trail.every_step_begins_where_the_last_one_ended,
    ),
    Audit(code="booking_lost", severity="critical", examine=trail.no_booking_is_lost),
    Audit(
        code="decision_differs",
        severity="high",
        examine=decisions.everybody_bound_follows_from_the_record,
    ),
    Audit(
        code="session_work_differs",
        severity="critical",
        examine=sessions.sessions_have_exactly_their_person,
    ),
    Audit(
        code="session_accept_overdue",
        severity="medium",
        examine=sessions.nothing_waits_long_for_its_person,
        repair="It goes back into the queue.",
    ),
    Audit(
        code="turn_counter_wrong",
        severity="high",
        examine=sessions.turns_are_counted,
        repair="The counter is deleted: the round begins anew.",
    ),
    Audit(
        code="session_not_kept",
        severity="medium",
        examine=sessions.held_sessions_are_kept,
    ),
    Audit(
        code="session_decision_differs",
        severity="high",
        examine=sessions.everybody_given_follows_from_the_record,
    ),
    Audit(
        code="run_counts_differ",
        severity="low",
        examine=runs.runs_count_what_they_did,
        repair="The rows are counted anew.",
    ),
    Audit(
        code="reference_dangling",
        severity="critical",
        examine=references.nothing_refers_to_what_is_gone,
    ),
    Audit(
        code="json_misshapen",
        severity="high",
        examine=shapes.stored_json_has_its_shape,
    ),
    Audit(
        code="guarantee_missing",
        severity="critical",
        examine=house.the_database_refuses_what_it_must,
        repair=RECREATED,
    ),
    Audit(
        code="constraint_missing",
        severity="high",
        examine=house.all_constraints_stand,
        repair=RECREATED,
    ),
    Audit(
        code="index_missing",
        severity="medium",
        examine=house.all_indexes_stand,
        repair=RECREATED,
    ),
    Audit(
        code="schedule_wrong",
        severity="high",
        examine=house.the_clock_is_set,
        repair=RECREATED,
    ),
)


def examine_all(*, now: dt.datetime, schema: bool = True) -> tuple[tuple[Audit, Examined], ...]:
    """Return what every audit sees at one moment; without the ``schema``, those of rows."""
    wanted = [audit for audit in AUDITS if schema or audit.code not in SCHEMA]
    with read_snapshot():
        return tuple((audit, audit.examine(now)) for audit in wanted)


def findings_of(examined: tuple[tuple[Audit, Examined], ...]) -> tuple[Finding, ...]:
    """Return all findings, by audit."""
    return tuple(
        Finding(
            code=audit.code,
            severity=audit.severity,
            object=wrong.thing,
            message=wrong.message,
            repair="" if wrong.by_hand else audit.repair,
            key=wrong.key,
        )
        for audit, seen in examined
        for wrong in seen.wrong
    )
