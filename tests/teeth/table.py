"""The teeth: which test bites when which protection is gone.

A text stands exactly once in its file; where it was rewritten, this list is rewritten with it.
Redis is only the cache so far; what the turns of the round robin rest on comes with the sessions.
"""

from __future__ import annotations

from dataclasses import dataclass

BOTH = ("sqlite", "postgresql")
SQLITE = ("sqlite",)
POSTGRESQL = ("postgresql",)


@dataclass(frozen=True, kw_only=True)
class Tooth:
    """A protection, how it is taken away, and the test that goes red on these databases."""

    protection: str
    file: str
    text: str
    instead: str
    test: str
    on: tuple[str, ...] = SQLITE


TEETH = (
    Tooth(
        protection="exclusion constraint",
        file="assignment/guarantees.py",
        text="\" WHERE (state IN ('active', 'completed'))\"",
        instead="\" WHERE (state = 'gone')\"",
        test="tests/assignment/test_guarantees.py"
        "::test_an_overlap_is_refused_through_every_path[raw insert]",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="overlap triggers",
        file="assignment/guarantees.py",
        text="\" WHERE NEW.state IN ('active', 'completed') AND EXISTS (\"",
        instead="\" WHERE NEW.state = 'gone' AND EXISTS (\"",
        test="tests/assignment/test_guarantees.py"
        "::test_an_overlap_is_refused_through_every_path[raw update]",
    ),
    Tooth(
        protection="lock on the people",
        file="assignment/engine/binding.py",
        text="lock_rows(Interpreter.objects.all(), list(set(person_ids)))",
        instead="list(person_ids)",
        test="tests/postgres/test_races.py"
        "::test_binding_waits_for_whoever_changes_a_fact_about_the_person",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="locks in one order",
        file="assignment/locking.py",
        text='            .order_by("pk")\n',
        instead='            .order_by("-pk")\n',
        test="tests/postgres/test_races.py"
        "::test_people_are_locked_one_after_the_other_in_ascending_id",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="fence token",
        file="pooling/pool/claims.py",
        text='Among("pk", ids), pool_status=PoolStatus.PROCESSING, pool_claimed_by=token',
        instead='Among("pk", ids), pool_status=PoolStatus.PROCESSING',
        test="tests/pooling/pool/test_claims_lost.py::test_a_stale_token_changes_nothing[assigned]",
    ),
    Tooth(
        protection="attempt counted at the claim",
        file="pooling/pool/claims.py",
        text='pool_processing_attempts=F("pool_processing_attempts") + 1,',
        instead="",
        test="tests/pooling/pool/test_claims.py::test_an_attempt_survives_the_rollback_of_its_work",
    ),
    Tooth(
        protection="bind and settle in one transaction",
        file="pooling/chunk.py",
        text="    with transaction.atomic():\n        found = _read_held(",
        instead="    if transaction:\n        found = _read_held(",
        test="tests/pooling/test_chunk.py"
        "::test_a_chunk_that_the_trail_cannot_tell_binds_and_settles_nothing",
    ),
    Tooth(
        protection="unique key of a slot",
        file="assignment/models/audit.py",
        text="key = models.CharField(max_length=200, unique=True)",
        instead="key = models.CharField(max_length=200)",
        test="tests/pooling/test_sweep.py"
        "::test_a_second_call_for_the_slot_changes_no_row_of_any_table",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="operation key of an action",
        file="pooling/admin/actions.py",
        text='key = f"admin:{action.name}:{actor.user_id}:{token}"',
        instead='key = f"admin:{get_random_string(24)}"',
        test="tests/pooling/admin/test_actions.py"
        "::test_a_double_click_has_one_effect_and_shows_the_first_result",
    ),
    Tooth(
        protection="one bad entry goes alone",
        file="pooling/applying.py",
        text="        stale = list(rows)\n",
        instead="        raise\n",
        test="tests/pooling/test_applying.py"
        "::test_what_the_database_refuses_goes_singly_and_stops_nobody_else",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="permission of an action",
        file="pooling/admin/action_pages.py",
        text='return bool(getattr(self, f"has_{action.permission}_permission")(request))',
        instead="return True",
        test="tests/pooling/admin/test_roles.py"
        "::test_the_second_step_asks_for_the_permission_again"
        "[pooling_poolentry-process_now-viewer]",
    ),
    Tooth(
        protection="append-only audit trail",
        file="assignment/guarantees.py",
        text="APPEND_ONLY_TABLES = (AUDIT, DECISION, SESSION_DECISION)",
        instead="APPEND_ONLY_TABLES = (DECISION, SESSION_DECISION)",
        test="tests/assignment/test_guarantees_append_only.py"
        "::test_an_event_is_never_changed[raw update]",
        on=BOTH,
    ),
    Tooth(
        protection="audit in the same transaction",
        file="pooling/pool/leaving.py",
        text="    with transaction.atomic():\n        rows = locked(bookings.filter(state__in=",
        instead="    if transaction:\n        rows = locked(bookings.filter(state__in=",
        test="tests/pooling/pool/test_untold.py"
        "::test_a_verb_that_the_trail_refuses_changes_nothing[close]",
    ),
    Tooth(
        protection="lock timeout",
        file="config/databases.py",
        text='    "lock_timeout": "3s",\n',
        instead="",
        test="tests/test_settings.py::test_postgresql_runs_with_short_limits",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="Redis timeout",
        file="config/databases.py",
        text='"SOCKET_TIMEOUT": REDIS_SECONDS,',
        instead='"SOCKET_TIMEOUT": 1.5,',
        test="tests/test_settings.py::test_a_hanging_redis_costs_little",
    ),
    Tooth(
        protection="lease by the database's clock",
        file="assignment/clock.py",
        text="    with connection.cursor() as cursor:\n",
        instead="    from django.utils import timezone\n\n    return timezone.now()\n"
        "    with connection.cursor() as cursor:\n",
        test="tests/pooling/pool/test_claims.py"
        "::test_a_lease_goes_by_the_clock_of_the_database_alone",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="rescue of dead claims",
        file="pooling/pool/claims.py",
        text="Q(pool_lease_until__lt=database_now()) |",
        instead="",
        test="tests/pooling/pool/test_claims_lost.py"
        "::test_rescue_keeps_the_attempt_and_frees_the_lease",
        on=POSTGRESQL,
    ),
)
