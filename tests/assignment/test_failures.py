"""What an error of the database means, and how long a loss is outlasted."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
)
from psycopg import errors
from redis import TimeoutError as RedisTimeout

from assignment import failures
from assignment.errors import CounterError, StaleError
from assignment.failures import classify, is_crowded, outlasting, retrying


def of_django(kind: type[Exception], cause: Exception) -> Exception:
    """An error of Django with the driver's error behind it, as the backend raises it."""
    error = kind(*cause.args)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (of_django(OperationalError, errors.DeadlockDetected()), "conflict"),
        (of_django(OperationalError, errors.SerializationFailure()), "conflict"),
        (of_django(OperationalError, errors.LockNotAvailable()), "busy"),
        (of_django(OperationalError, errors.QueryCanceled()), "busy"),
        (OperationalError("database is locked"), "busy"),
        (of_django(OperationalError, errors.DiskFull()), "full"),
        (of_django(InternalError, errors.ReadOnlySqlTransaction()), "full"),
        (OperationalError("attempt to write a readonly database"), "full"),
        (of_django(InternalError, errors.DataCorrupted()), "damaged"),
        (of_django(InternalError, errors.IndexCorrupted()), "damaged"),
        (of_django(OperationalError, errors.IoError()), "damaged"),
        (DatabaseError("database disk image is malformed"), "damaged"),
        (OperationalError("disk I/O error"), "damaged"),
        (DatabaseError("file is not a database"), "damaged"),
        (of_django(DatabaseError, errors.UndefinedTable()), "skew"),
        (OperationalError("no such table: pooling_run"), "skew"),
        (OperationalError("table pooling_run has no column named slot"), "skew"),
        (
            of_django(OperationalError, psycopg.OperationalError("the connection is lost")),
            "unknown",
        ),
        (of_django(OperationalError, errors.AdminShutdown()), "unknown"),
        (of_django(InternalError, errors.IdleInTransactionSessionTimeout()), "unknown"),
        (of_django(OperationalError, errors.TooManyConnections()), "unknown"),
        (InterfaceError("connection already closed"), "unknown"),
        (of_django(IntegrityError, errors.UniqueViolation()), "refused"),
        (ValueError("wrong"), "unexpected"),
        (StaleError("changed"), "unexpected"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value.__cause__ or value).__name__,
)
def test_each_error_has_its_kind(error: Exception, kind: str) -> None:
    assert classify(error).kind == kind
    assert classify(error).charged == (kind in ("refused", "unexpected"))
    assert classify(error).outage == (kind in ("unknown", "full", "damaged", "skew"))


OF_THE_DRIVER: dict[str, list[tuple[Exception, str]]] = {
    "postgresql": [
        (psycopg.OperationalError("consuming input failed"), "unknown"),
        (errors.DeadlockDetected(), "conflict"),
    ],
    "sqlite": [(sqlite3.OperationalError("database is locked"), "busy")],
}


@pytest.mark.django_db
def test_an_error_of_the_driver_means_the_same_as_django_s() -> None:
    for error, kind in OF_THE_DRIVER[connection.vendor]:
        assert classify(error).kind == kind


def test_an_error_of_redis_is_the_counter_s() -> None:
    assert [classify(RedisTimeout()).kind, classify(CounterError()).kind] == ["counter"] * 2


def test_a_crowded_server_is_told_from_its_words() -> None:
    assert is_crowded(OperationalError("FATAL:  sorry, too many clients already"))
    assert not is_crowded(OperationalError("connection refused"))


class Failing:
    """Fails so many times, then returns how often it was called."""

    def __init__(self, error: Exception, *, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.calls


LOST = of_django(OperationalError, psycopg.OperationalError("the connection is lost"))
DEADLOCK = of_django(OperationalError, errors.DeadlockDetected())


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_outlasted_but_not_by_what_has_no_key() -> None:
    assert outlasting()(Failing(LOST, times=2)) == 3
    with pytest.raises(OperationalError):
        retrying()(Failing(LOST, times=1))


@pytest.mark.django_db(transaction=True)
def test_a_loss_longer_than_our_patience_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(OperationalError, match="the connection is lost"):
        outlasting()(Failing(LOST, times=1_000))


@pytest.mark.django_db
def test_inside_a_transaction_nothing_lost_is_repeated() -> None:
    once = Failing(LOST, times=1)
    with pytest.raises(OperationalError):
        outlasting()(once)
    assert once.calls == 1


@pytest.mark.django_db
def test_a_lost_race_is_repeated_five_times() -> None:
    assert outlasting()(Failing(DEADLOCK, times=4)) == 5
    losing = Failing(DEADLOCK, times=9)
    with pytest.raises(OperationalError):
        outlasting()(losing)
    assert losing.calls == 5
