"""A change of what a binding relied on is followed up, also when its importer died."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking
from pooling import rechecks
from pooling.models import Recheck
from pooling.tick import tick
from tests.factories.bookings import NOW, BookingFactory, WaitingFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.faults import commands
from tests.invariants import assert_sound

HEADER = "ref,title,meeting_type,starts_at,ends_at,languages\n"


@pytest.mark.django_db
def test_only_approved_bookings_are_noted_and_each_note_is_worked_off_once() -> None:
    person = InterpreterFactory.create()
    booking, other = approved(person), WaitingFactory.create()
    Booking.objects.filter(pk=booking.pk).update(
        starts_at=after(days=3), ends_at=after(days=3, hours=1)
    )

    rechecks.note_bookings([booking.pk, other.pk], reason="Moved.")

    assert list(Recheck.objects.values_list("booking", "reason")) == [(booking.pk, "Moved.")]
    assert rechecks.work_off(now=NOW, actor=COMMAND) == 1
    assert Assignment.objects.get().starts_at == after(days=3)
    assert rechecks.work_off(now=NOW, actor=COMMAND) == 0
    assert_sound()


@pytest.mark.django_db
def test_the_coming_work_of_people_is_noted() -> None:
    person = InterpreterFactory.create()
    coming = approved(person)
    approved(person, starts_at=after(hours=-3))
    approved(InterpreterFactory.create())
    LeaveFactory.create(interpreter=person, starts_at=after(hours=20), ends_at=after(hours=30))

    rechecks.note_people([person.pk], now=NOW, reason="Leave.")

    assert list(Recheck.objects.values_list("booking", flat=True)) == [coming.pk]
    assert tick(now=NOW, actor=COMMAND).steps["rechecked"] == 1
    assert Assignment.objects.get(booking=coming, interpreter=person).state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_an_import_that_died_before_it_looked_again_is_followed_up_by_the_tick(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    approved(InterpreterFactory.create(), ref="B-1")
    BookingFactory.create(ref="B-2")
    file = tmp_path / "moved.csv"
    start, end = after(days=2).isoformat(), after(days=2, hours=1).isoformat()
    file.write_text(f"{HEADER}B-1,Meeting,General,{start},{end},ja;th\n")
    dying = process_environment | {"DIE_AFTER": '1 FROM "pooling_recheck"'}
    command = ("import_bookings", str(file), f"--now={NOW.isoformat()}")

    assert commands.code_of(commands.start(dying, *command, program=commands.DYING)) == -9
    assert Booking.objects.get(ref="B-1").starts_at == after(days=2)
    assert Assignment.objects.get().starts_at == after(days=1)

    commands.call(process_environment, "tick", f"--now={NOW.isoformat()}")

    assert Assignment.objects.get(booking__ref="B-1").starts_at == after(days=2)
    assert not Recheck.objects.exists()
    assert_sound()
