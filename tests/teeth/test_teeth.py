"""With a protection taken away its test goes red; with all of them in place it is green."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.teeth.biting import ROOT, Nursery, is_red, raising
from tests.teeth.table import TEETH, Tooth

MARKS = {"sqlite": pytest.mark.sqlite_only, "postgresql": pytest.mark.postgres_only}


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """One for all teeth that this process of the suite looks at."""
    with raising(tmp_path_factory.mktemp("nursery")) as made:
        yield made


def teeth() -> Iterator[object]:
    """Every tooth, once for each database on which it bites."""
    for tooth in TEETH:
        for database in tooth.on:
            yield pytest.param(
                tooth, database, id=f"{tooth.protection}-{database}", marks=MARKS[database]
            )


@pytest.mark.parametrize(("tooth", "database"), tuple(teeth()))
def test_without_its_protection_a_test_goes_red(
    tooth: Tooth, database: str, nursery: Nursery
) -> None:
    with nursery.without(tooth):
        done = nursery.run([tooth.test], database=database)

    assert is_red(done), done.stdout + done.stderr


@pytest.mark.parametrize(
    "database", [pytest.param(name, marks=mark) for name, mark in MARKS.items()]
)
def test_with_every_protection_they_are_all_green(database: str, nursery: Nursery) -> None:
    tests = [tooth.test for tooth in TEETH if database in tooth.on]

    done = nursery.run(tests, database=database)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(tests)} passed" in done.stdout


def test_the_text_of_every_protection_stands_where_it_should() -> None:
    counts = {
        tooth.protection: (ROOT / tooth.file).read_text("utf-8").count(tooth.text)
        for tooth in TEETH
    }

    assert counts == {tooth.protection: 1 for tooth in TEETH}
