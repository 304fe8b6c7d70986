"""The start-up check: what claims need is there, or claiming is on hold; schedules are right."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as product
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule

from assignment.audit import COMMAND
from assignment.guarantees import guarantees_of, install
from assignment.models import AuditEvent, Booking
from monitoring import tasks
from monitoring.start_up import check_at_start
from pooling import holds
from pooling.holds import ClaimHoldError
from pooling.models import ClaimHold
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, ReadyFactory
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("interpool.sessions", "interpool.sweep", "interpool.tick")


def run(*statements: str) -> None:
    """Change the database by hand."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_missing_guarantee_holds_all_claims_until_it_is_back() -> None:
    InterpreterFactory()
    ReadyFactory()
    first = guarantees_of(connection)[0]
    run(first.drop)

    assert not check_at_start().valid

    (hold,) = holds.standing()
    missing = holds.sentence(hold)
    assert missing == (
        f"Claiming is on hold: The database lacks the guarantee {first.name}; run “manage.py "
        "check_schema”; the hold ends by itself when that is green."
    )
    with pytest.raises(ClaimHoldError):
        sweep(now=NOW, slot="s", actor=COMMAND)
    with pytest.raises(ClaimHoldError):
        tick(now=NOW, actor=COMMAND)
    assert Booking.objects.get().pool_status == "ready"

    install(connection)
    assert tick(now=NOW, actor=COMMAND).count("assigned") == 1
    assert holds.standing() == []
    actions = AuditEvent.objects.filter(object_type="claim_hold").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["hold_claims", "lift_hold"]


def test_a_missing_column_and_a_missing_table_hold_all_claims() -> None:
    run(
        "ALTER TABLE pooling_plan RENAME COLUMN spread_after TO away",
        "ALTER TABLE pooling_recheck RENAME TO gone",
    )
    try:
        check_at_start()
        (hold,) = holds.standing()
        assert hold.reason == (
            "The database lacks the table pooling_recheck, the column pooling_plan.spread_after."
        )
    finally:
        run(
            "ALTER TABLE pooling_plan RENAME COLUMN away TO spread_after",
            "ALTER TABLE gone RENAME TO pooling_recheck",
        )
    check_at_start()
    assert holds.standing() == []


def test_what_claims_do_not_need_holds_nothing() -> None:
    run("DROP INDEX idx_pool_ready", "ALTER TABLE django_q_task RENAME TO away")
    try:
        assert not check_at_start().valid
        assert not ClaimHold.objects.exists()
    finally:
        run("ALTER TABLE away RENAME TO django_q_task")
        call_command("check_schema", "--repair", stdout=StringIO())


def test_the_command_sets_the_hold_and_its_repair_lifts_it() -> None:
    run(guarantees_of(connection)[0].drop)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_schema", "--json", stdout=out)
    assert not json.loads(out.getvalue())["valid"]
    assert [row.cause for row in holds.standing()] == ["schema"]

    call_command("check_schema", "--repair", stdout=StringIO())

    assert holds.standing() == []


def test_a_database_without_a_column_met_by_a_run_holds_all_claims() -> None:
    ReadyFactory()
    run("ALTER TABLE pooling_planrow RENAME COLUMN seconds TO away")
    try:
        with pytest.raises(SystemExit) as ended:
            command("sweep")
        assert ended.value.code == 3
        assert [row.cause for row in holds.standing()] == ["schema"]
        with pytest.raises(SystemExit) as ended:
            command("tick")
        assert ended.value.code == 1
    finally:
        run("ALTER TABLE pooling_planrow RENAME COLUMN away TO seconds")
    command("tick")
    assert holds.standing() == []
    assert Booking.objects.get().pool_status is None


def command(name: str) -> None:
    """Run a command as its process would end."""
    try:
        call_command(name, "--now", NOW.isoformat(), "--json", stdout=StringIO())
    except Exception as error:
        raise SystemExit(error.returncode) from error  # type: ignore[attr-defined]


def doubled() -> None:
    """The row stands twice."""
    row = Schedule.objects.get(name="interpool.tick")
    row.pk = None
    row.save()


def changed(**fields: Any) -> Callable[[], object]:
    """The row of the tick is another."""
    return lambda: Schedule.objects.filter(name="interpool.tick").update(**fields)


SPOILT: dict[str, Callable[[], object]] = {
    "missing": lambda: Schedule.objects.filter(name="interpool.tick").delete(),
    "doubled": doubled,
    "malformed arguments": changed(args="(1,"),
    "malformed names": changed(kwargs="{'a': "),
    "another cluster": changed(cluster="elsewhere"),
    "another function": changed(func="os.system"),
    "a hook": changed(hook="os.system"),
    "no repeats": changed(repeats=0),
    "a date argument": changed(intended_date_kwarg="when"),
    "never": changed(next_run=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)),
    "no next run": changed(next_run=None),
    "too rarely": changed(minutes=60),
}


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("check", [check_at_start, tasks.beat], ids=["start", "beat"])
def test_a_wrong_schedule_row_is_put_right_once_and_audited(
    spoil: str, check: Callable[[], object]
) -> None:
    SPOILT[spoil]()

    check()
    check()

    rows = Schedule.objects.order_by("name")
    assert tuple(rows.values_list("name", flat=True)) == NAMES
    tick_row = rows.get(name="interpool.tick")
    assert (tick_row.func, tick_row.minutes, tick_row.repeats) == ("pooling.tasks.tick", 1, -1)
    assert not any((tick_row.args, tick_row.kwargs, tick_row.hook, tick_row.cluster))
    assert tick_row.next_run <= timezone.now()
    event = AuditEvent.objects.get(object_type="schedule")
    assert (event.actor, event.action, event.object_ref) == ("schedule", "repair", "interpool.tick")


def test_the_sweep_keeps_its_hour() -> None:
    Schedule.objects.filter(name="interpool.sweep").update(next_run=timezone.now())

    check_at_start()

    local = timezone.localtime(Schedule.objects.get(name="interpool.sweep").next_run)
    assert local.time() == product.SWEEP_TIME


@pytest.mark.parametrize(
    "fields",
    [
        {"func": "os.system", "args": "'true'"},
        {"func": "pooling.tasks.tick", "args": "(1,"},
        {"func": "pooling.tasks.tick", "hook": "os.system"},
        {"func": "pooling.tasks.tick", "schedule_type": "C", "cron": "nonsense"},
    ],
)
def test_a_foreign_row_that_harms_is_stopped_and_kept(fields: dict[str, str]) -> None:
    made = Schedule.objects.create(name="foreign", func="os.times", next_run=timezone.now())
    Schedule.objects.filter(pk=made.pk).update(**fields)

    check_at_start()
    check_at_start()

    made.refresh_from_db()
    assert made.repeats == 0
    assert AuditEvent.objects.get(object_type="schedule").object_ref == "foreign"


def test_a_foreign_row_that_harms_nobody_is_left_alone() -> None:
    made = Schedule.objects.create(
        name="own", func="pooling.tasks.tick", schedule_type=Schedule.HOURLY
    )

    check_at_start()

    made.refresh_from_db()
    assert made.repeats == -1
    assert not AuditEvent.objects.filter(object_type="schedule").exists()
