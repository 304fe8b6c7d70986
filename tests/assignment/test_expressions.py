"""Expressions that mean the same on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.expressions import Among, Microseconds
from assignment.models import Interpreter, Team
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db


def test_keys_are_found_by_one_parameter() -> None:
    ids = [Team.objects.create(ref=f"t{number}", name="T").pk for number in range(5)]

    found = Team.objects.filter(Among("pk", [*ids[1:3], ids[-1] + 1]), active=True)
    assert list(found.order_by("pk").values_list("pk", flat=True)) == ids[1:3]
    assert found.update(name="X") == 2
    assert list(Team.objects.exclude(Among("pk", ids[1:])).values_list("pk", flat=True)) == ids[:1]


def test_texts_are_found_by_one_parameter() -> None:
    refs = ["t1", "t,2", "é\"'{}\\", "t4"]
    for ref in refs:
        Team.objects.create(ref=ref, name="T")

    with CaptureQueriesContext(connection) as sent:
        found = list(Team.objects.filter(Among("ref", [*refs[1:3], "T1"])).order_by("pk"))

    assert [team.ref for team in found] == refs[1:3]
    assert len(sent) == 1


def test_nothing_is_asked_about_no_keys() -> None:
    with CaptureQueriesContext(connection) as sent:
        assert list(Team.objects.filter(Among("pk", ()))) == []

    assert len(sent) == 0


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 0),
        (dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC), 1_795_413_600_000_000),
        (dt.datetime(2026, 11, 23, 6, 0, 0, 1, tzinfo=dt.UTC), 1_795_413_600_000_001),
        (dt.datetime(2026, 11, 23, 6, 0, 59, 120_000, tzinfo=dt.UTC), 1_795_413_659_120_000),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=dt.UTC), -500_000),
    ],
)
def test_an_instant_as_a_number(moment: dt.datetime, expected: int) -> None:
    person = InterpreterFactory.create()
    Interpreter.objects.update(created_at=moment)

    assert Interpreter.objects.values_list(Microseconds("created_at")).get() == (expected,)
    assert Interpreter.objects.get(pk=person.pk).created_at == moment
