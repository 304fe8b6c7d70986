"""The teeth: which test bites when which protection is gone.

A text stands exactly once in its file; where it was rewritten, this list is rewritten with it.
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
        protection="attempt counted at the claim, in steps",
        file="pooling/pool/taking.py",
        text='pool_processing_attempts=F("pool_processing_attempts") + 1,',
        instead="",
        test="tests/pooling/pool/test_claims.py::test_an_attempt_survives_the_rollback_of_its_work",
    ),
    Tooth(
        protection="attempt counted at the claim, at once",
        file="pooling/pool/taking.py",
        text="pool_processing_attempts = pool_processing_attempts + 1",
        instead="pool_processing_attempts = pool_processing_attempts",
        test="tests/pooling/pool/test_claims.py::test_an_attempt_survives_the_rollback_of_its_work",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="claims pass over each other",
        file="pooling/pool/taking.py",
        text="FOR UPDATE SKIP LOCKED",
        instead="FOR UPDATE",
        test="tests/postgres/test_races.py"
        "::test_a_claim_passes_over_what_another_transaction_claims",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="no claim of what contradicts itself",
        file="pooling/pool/taking.py",
        text=" AND met.sound",
        instead="",
        test="tests/pooling/test_corrupt_entries.py"
        "::test_an_entry_that_becomes_corrupt_after_planning_is_met_by_the_claim",
        on=POSTGRESQL,
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
    Tooth(
        protection="overlaps named before a migration",
        file="monitoring/management/commands/migrate.py",
        text="            refuse_overlaps(connection)\n",
        instead="            pass\n",
        test="tests/faults/test_migrate.py"
        "::test_overlaps_are_listed_before_the_guarantee_is_laid_and_nothing_changes",
        on=BOTH,
    ),
    Tooth(
        protection="repetition of what could not be serialized",
        file="assignment/failures.py",
        text='CONFLICTS = frozenset({"40001", "40P01"})',
        instead='CONFLICTS = frozenset({"40P01"})',
        test="tests/faults/test_crossed.py"
        "::test_serialization_failures_are_tried_again_and_charge_nobody",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="sessions of people on a read-only server",
        file="config/settings.py",
        text='SESSION_ENGINE = "monitoring.sessions"',
        instead='SESSION_ENGINE = "django.contrib.sessions.backends.db"',
        test="tests/faults/test_web.py::test_the_dashboard_of_a_read_only_server_can_be_read",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="lock of an undo on its bookings",
        file="pooling/undo.py",
        text='    list(locked.order_by("pk").select_for_update().values_list("pk", flat=True))\n',
        instead="",
        test="tests/postgres/test_undo_races.py"
        "::test_an_undo_waits_for_a_change_and_keeps_it[edit]",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="end of a silent connection",
        file="config/databases.py",
        text='    "tcp_user_timeout": 4_000,\n',
        instead="",
        test="tests/test_settings.py"
        "::test_a_network_that_swallows_everything_is_noticed_within_ten_seconds",
    ),
    Tooth(
        protection="end of a connection that cannot be made",
        file="config/databases.py",
        text='"connect_timeout": CONNECT_SECONDS',
        instead='"connect_timeout": 30',
        test="tests/faults/test_black_hole.py"
        "::test_whoever_asks_behind_a_black_hole_is_told_within_ten_seconds",
        on=POSTGRESQL,
    ),
    Tooth(
        protection="no open database over a fork",
        file="monitoring/forking.py",
        text="    gc.collect()\n",
        instead="",
        test="tests/monitoring/test_forking.py"
        "::test_a_closed_connection_lives_on_with_its_cursor_until_it_is_let_go",
    ),
    Tooth(
        protection="no second opening of the database file",
        file="config/databases.py",
        text="os.O_CREAT | os.O_EXCL | os.O_RDONLY",
        instead="os.O_CREAT | os.O_RDONLY",
        test="tests/test_databases.py::test_looking_for_the_file_ends_no_lock_of_this_process",
    ),
    Tooth(
        protection="shape of stored JSON",
        file="assignment/models/fields.py",
        text="        return found if known else self.stand_in()\n",
        instead="        return found\n",
        test="tests/faults/test_stored_json.py"
        "::test_json_of_a_wrong_shape_breaks_no_page_and_is_found[people of a plan]",
    ),
    Tooth(
        protection="health that says degraded",
        file="monitoring/health.py",
        text='"degraded" if turn_keeping().warning else "ok"',
        instead='"ok"',
        test="tests/monitoring/test_turn_keeping.py"
        "::test_health_is_degraded_while_memory_stands_in_for_redis",
    ),
)
