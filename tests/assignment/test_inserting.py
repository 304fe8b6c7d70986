"""Many rows at once, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assignment.audit import COMMAND, Entry, record
from assignment.inserting import insert_new, insert_rows, put_rows
from assignment.models import AuditEvent, Leave, LedgerAdjustment, Roster, Team
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
HARD = '“Ms O\'Neil” \\ %s {0} \n\t ü 通訳 🙂 "x"'


def leave(**fields: Any) -> tuple[Any, ...]:
    person = InterpreterFactory.create()
    row = {"starts_at": START, "ends_at": START + dt.timedelta(hours=1), "reason": "", **fields}
    return (person.pk, row["starts_at"], row["ends_at"], row["reason"])


COLUMNS = ("interpreter_id", "starts_at", "ends_at", "reason")


def test_texts_arrive_as_they_are() -> None:
    record([Entry(action="a", object_type="b", object_ref="c", reason=HARD)], actor=COMMAND)

    event = AuditEvent.objects.get()
    assert event.reason == HARD
    assert (event.actor_kind, event.actor, event.user_id) == ("command", "command line", None)
    assert (event.policy_version, event.attempt, event.fence, event.changes) == (
        None,
        None,
        None,
        {},
    )


def test_numbers_and_objects_keep_their_kind() -> None:
    changes = {"a": [1, None, True, 2.5, "é"], "b": {"c": "null"}}
    entry = Entry(
        action="a",
        object_type="b",
        object_ref="c",
        reason="d",
        changes=changes,
        fence=2**62,
        attempt=0,
    )
    record([entry], actor=COMMAND)

    event = AuditEvent.objects.get()
    assert (event.changes, event.fence, event.attempt) == (changes, 2**62, 0)
    assert AuditEvent.objects.filter(changes__b__c="null").exists()


def test_truth_values_and_defaults_arrive() -> None:
    columns = ("ref", "name", "time_zone", "active", "buffer_minutes")
    insert_rows(Team, columns, [("x", "X", "UTC", False, 5), ("y", "Y", "UTC", True, 0)])

    found = Team.objects.order_by("ref").values_list("ref", "active", "buffer_minutes", "tenant")
    assert list(found) == [("x", False, 5, None), ("y", True, 0, None)]


def test_instants_are_stored_as_django_stores_them() -> None:
    exact = START + dt.timedelta(microseconds=7)
    tokyo = START.astimezone(dt.timezone(dt.timedelta(hours=9)))
    insert_rows(Leave, COLUMNS, [leave(starts_at=tokyo), leave(starts_at=exact)])

    assert list(Leave.objects.order_by("pk").values_list("starts_at", flat=True)) == [START, exact]
    assert Leave.objects.filter(starts_at=START).count() == 1


def test_the_rows_are_in_order_and_travel_2000_a_statement() -> None:
    rows = [(f"t{number}", f"T{number}", "UTC", True, 0) for number in range(4_001)]
    columns = ("ref", "name", "time_zone", "active", "buffer_minutes")
    with CaptureQueriesContext(connection) as sent:
        insert_rows(Team, columns, rows)

    assert len(sent) == 3
    assert list(Team.objects.order_by("pk").values_list("ref", flat=True)) == [
        row[0] for row in rows
    ]


def test_what_wraps_the_statements_of_the_connection_sees_each_and_may_refuse_it() -> None:
    seen: list[str] = []

    def refuse_the_second(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        seen.append(f"{sql.partition(')')[0]}) {len(params)} {many} {context['connection'].vendor}")
        if len(seen) == 2:
            raise DataError("refused")
        return execute(sql, params, many, context)

    rows = [(f"t{number}", "T", "UTC", True, 0) for number in range(2_001)]
    with (
        pytest.raises(DataError, match="refused"),
        transaction.atomic(),
        connection.execute_wrapper(refuse_the_second),
    ):
        insert_rows(Team, ("ref", "name", "time_zone", "active", "buffer_minutes"), rows)

    assert Team.objects.count() == 0
    verb = {"postgresql": "COPY", "sqlite": "INSERT INTO"}[connection.vendor]
    columns = '("ref", "name", "time_zone", "active", "buffer_minutes")'
    assert seen == [
        f'{verb} "assignment_team" {columns} {count} True {connection.vendor}'
        for count in (2_000, 1)
    ]


def test_nothing_is_sent_for_no_rows() -> None:
    with CaptureQueriesContext(connection) as sent:
        insert_rows(Team, ("ref",), [])

    assert len(sent) == 0


def test_the_constraints_of_the_table_hold() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Leave, COLUMNS, [leave(), leave(ends_at=START - dt.timedelta(hours=1))])

    assert Leave.objects.count() == 0


def test_a_reason_must_be_given() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record([Entry(action="a", object_type="b", object_ref="c", reason="")], actor=COMMAND)

    assert AuditEvent.objects.count() == 0


@pytest.mark.postgres_only
def test_a_text_that_is_too_long_is_refused_not_cut() -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert_rows(Leave, COLUMNS, [leave(reason="x" * 201)])

    assert Leave.objects.count() == 0


def test_another_kind_of_value_is_refused() -> None:
    with pytest.raises(TypeError, match="date is no instant"):
        insert_rows(Leave, COLUMNS, [leave(starts_at=dt.date(2026, 11, 23))])


def test_bytes_arrive_as_they_are() -> None:
    rows = [("a", b"\x00\xff'\\x"), ("b", memoryview(b"")), ("c", bytes(range(256)))]
    insert_rows(Roster, ("digest", "record"), rows)

    found = Roster.objects.order_by("digest").values_list("digest", "record")
    assert [(key, bytes(record)) for key, record in found] == [
        (key, bytes(record)) for key, record in rows
    ]


def test_new_rows_have_the_defaults_of_the_model_for_what_is_not_said() -> None:
    person = InterpreterFactory.create()
    before = timezone.now()
    names = ("reason", "minutes", "interpreter_id", "effective_at", "kind")
    rows = [(HARD, minutes, person.pk, START, "credit") for minutes in (2, 1)]
    insert_new(LedgerAdjustment, names, rows)

    found = list(LedgerAdjustment.objects.order_by("pk"))
    assert [(row.reason, row.minutes, row.interpreter_id) for row in found] == [
        (HARD, minutes, person.pk) for minutes in (2, 1)
    ]
    made = LedgerAdjustment(interpreter=person, minutes=1, effective_at=START, reason="x")
    for field in LedgerAdjustment._meta.concrete_fields:
        if field.attname not in (*names, "id", "created_at"):
            values = {getattr(row, field.attname) for row in found}
            assert values == {getattr(made, field.attname)}, field.name
    assert all(before <= row.created_at <= timezone.now() for row in found)


def test_rows_are_put_in_the_place_of_those_with_their_key() -> None:
    insert_rows(Roster, ("digest", "record"), [("a", b"1"), ("b", b"2")])

    put_rows(Roster, ("digest", "record"), [("c", b"3"), ("a", b"\x00\xff")])
    put_rows(Roster, ("digest", "record"), [])

    found = Roster.objects.order_by("digest").values_list("digest", "record")
    assert [(key, bytes(record)) for key, record in found] == [
        ("a", b"\x00\xff"),
        ("b", b"2"),
        ("c", b"3"),
    ]
