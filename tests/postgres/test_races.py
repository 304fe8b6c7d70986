"""Who wins when two touch one booking at the same time, and that nothing is left over."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import transaction

from assignment.audit import COMMAND
from assignment.engine.binding import lock_people
from assignment.models import Assignment, Booking, Interpreter
from pooling import pool
from pooling.changes import bookings_changed, cancel_bookings
from pooling.processing import process_entries
from tests.factories.bookings import NOW, ProcessingFactory, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.invariants import assert_sound
from tests.postgres.threads import blocked, in_thread, stopped_before_commit
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


def process(booking: Booking) -> None:
    """Decide and bind the entry."""
    process_entries([booking.pk], now=NOW, actor=COMMAND, key="process", reason="Now.")


def test_a_claim_passes_over_what_another_transaction_claims() -> None:
    rows = ReadyFactory.create_batch(10)

    def take() -> tuple[int, ...]:
        every = Booking.objects.all()
        return pool.claim(every, limit=6, actor=COMMAND, operation_key="").ids

    with stopped_before_commit(take):
        others = take()
        assert not blocked()

    assert set(others) == {row.pk for row in rows[6:]}
    assert Booking.objects.filter(pool_status="processing").count() == 10
    assert set(Booking.objects.values_list("pool_processing_attempts", flat=True)) == {1}


def test_rescue_passes_over_an_entry_that_is_being_settled() -> None:
    long_ago = NOW - dt.timedelta(days=9_000)
    busy, stuck = ProcessingFactory.create_batch(2, pool_lease_until=long_ago)

    def settle() -> None:
        pool.settle_assigned(
            [busy], token=busy.pool_claimed_by, actor=COMMAND, operation_key="", policy_version=1
        )

    with stopped_before_commit(settle):
        assert pool.rescue(actor=COMMAND) == 1

    assert Booking.objects.get(pk=busy.pk).state == "approved"
    assert Booking.objects.get(pk=stuck.pk).pool_status == "ready"


def test_cancelling_while_a_worker_binds_leaves_no_work_behind() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(lambda: process(booking)) as go_on:
            ids = [booking.pk]
            cancelling = in_thread(
                threads, lambda: cancel_bookings(ids, now=NOW, actor=COMMAND, reason="Off.")
            )
            wait_until(blocked, seconds=5)
            go_on()
        assert cancelling.result(20) == 1

    assert Booking.objects.get().state == "cancelled"
    assert Assignment.objects.get().state == "cancelled"
    assert_sound()


def test_a_worker_that_binds_after_a_cancellation_binds_nothing() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()

    def cancel() -> None:
        cancel_bookings([booking.pk], now=NOW, actor=COMMAND, reason="Off.")

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(cancel) as go_on:
            working = in_thread(threads, lambda: process(booking))
            wait_until(blocked, seconds=5)
            go_on()
        working.result(20)

    assert Booking.objects.get().state == "cancelled"
    assert not Assignment.objects.exists()
    assert_sound()


def test_the_later_of_two_edits_at_once_decides_the_time() -> None:
    booking = approved(InterpreterFactory.create())
    late = {"starts_at": after(days=3), "ends_at": after(days=3, hours=1)}

    def edit_again() -> None:
        Booking.objects.filter(pk=booking.pk).update(**late, version=3)

    def follow() -> None:
        bookings_changed([booking.pk], now=NOW, actor=COMMAND, reason="Edited.")

    early = {"starts_at": after(days=2), "ends_at": after(days=2, hours=1)}
    Booking.objects.filter(pk=booking.pk).update(**early, version=2)
    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(edit_again) as go_on:
            following = in_thread(threads, follow)
            wait_until(blocked, seconds=5)
            go_on()
        following.result(20)

    assert Assignment.objects.get(state="active").starts_at == after(days=3)
    assert_sound()


def test_two_overlapping_batches_take_their_people_in_one_order() -> None:
    people = InterpreterFactory.create_batch(6)
    rows = [ReadyFactory.create(interpreters_needed=3, starts_at=after(days=1)) for _ in range(2)]

    def work(number: int) -> None:
        order = [rows[number].pk]
        process_entries(order, now=NOW, actor=COMMAND, key=f"run {number}", reason="Now.")

    with ThreadPoolExecutor(2) as threads:
        futures = [in_thread(threads, partial(work, n)) for n in range(2)]
        for future in futures:
            future.result(30)

    bound = Assignment.objects.filter(state="active").values_list("interpreter_id", flat=True)
    assert sorted(bound) == sorted(person.pk for person in people)
    assert_sound()


def test_people_are_locked_one_after_the_other_in_ascending_id() -> None:
    low, high = (row.pk for row in InterpreterFactory.create_batch(2))

    def lock_both() -> None:
        with transaction.atomic():
            lock_people([high, low])

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(lambda: lock_people([high])) as go_on:
            waiting = in_thread(threads, lock_both)
            wait_until(blocked, seconds=5)
            with transaction.atomic():
                free = Interpreter.objects.select_for_update(skip_locked=True)
                assert list(free.values_list("pk", flat=True)) == []
            go_on()
        waiting.result(20)


def test_binding_waits_for_whoever_changes_a_fact_about_the_person() -> None:
    person = InterpreterFactory.create()
    booking = ReadyFactory.create()

    def go_on_leave() -> None:
        lock_people([person.pk])
        LeaveFactory.create(interpreter=person, starts_at=after(days=1), ends_at=after(days=2))

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(go_on_leave) as go_on:
            working = in_thread(threads, lambda: process(booking))
            wait_until(blocked, seconds=5)
            go_on()
        working.result(20)

    assert Booking.objects.get().escalation_text == "Nobody of 1 can: 1 on leave."
    assert not Assignment.objects.exists()
    assert_sound()
