"""The guarantees stand after every migration, and come back by themselves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from assignment.guarantees import guarantees_of, install, missing, present

pytestmark = pytest.mark.own_database


@contextmanager
def database_beside(folder: Path, *, alias: str, template: str = "template1") -> Iterator[str]:
    """Make a database of the same kind as that of the tests, empty or a copy; drop it in the end.

    Yields its alias, under which PostgreSQL knows it too; that of the template is given likewise.
    """
    name = str(folder / alias) if connection.vendor == "sqlite" else alias
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {alias} TEMPLATE {template}")
    elif template in connections.settings:
        shutil.copyfile(connections.settings[template]["NAME"], name)
    connections.settings[alias] = connection.settings_dict | {"NAME": name}
    yield alias
    connections[alias].close()
    del connections[alias], connections.settings[alias]
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {alias}")


@pytest.fixture
def empty(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The alias of an empty database."""
    with (
        django_db_blocker.unblock(),
        database_beside(tmp_path, alias=f"interpool_empty_{os.getpid()}") as alias,
    ):
        yield alias


@pytest.fixture(scope="module")
def once_migrated(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The alias of a database that a migrate has made, for all who begin with one."""
    folder, alias = tmp_path_factory.mktemp("once"), f"interpool_once_{os.getpid()}"
    with django_db_blocker.unblock(), database_beside(folder, alias=alias):
        call_command("migrate", database=alias, verbosity=0)
        connections[alias].close()
        with django_db_blocker.block():
            yield alias


@pytest.fixture
def migrated(
    tmp_path: Path, once_migrated: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The alias of a database of this test that a migrate has made."""
    alias = f"interpool_migrated_{os.getpid()}"
    with (
        django_db_blocker.unblock(),
        database_beside(tmp_path, alias=alias, template=once_migrated),
    ):
        yield alias


def names_due(database: BaseDatabaseWrapper) -> set[str]:
    """The guarantees whose table exists, found by asking the tables alone."""
    tables = set(database.introspection.table_names())
    return {row.name for row in guarantees_of(database) if row.table in tables}


def test_every_migration_one_after_the_other_leaves_all_standing(empty: str) -> None:
    database = connections[empty]
    executor = MigrationExecutor(database)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    assert len(plan) > 20
    laid: set[str] = set()
    for migration, _ in plan:
        executor = MigrationExecutor(database)
        executor.migrate([(migration.app_label, migration.name)])
        laid.add(f"{migration.app_label}.{migration.name}")
        assert bool(names_due(database)) == ("assignment.0001_initial" in laid)
        assert present(database) >= names_due(database)
    assert len(names_due(database)) == len(guarantees_of(database))
    assert MigrationExecutor(database).migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_back_to_zero_and_forwards_again(migrated: str) -> None:
    database = connections[migrated]
    for label in ("monitoring", "pooling", "assignment"):
        call_command("migrate", label, "zero", database=migrated, verbosity=0)
    left = set(database.introspection.table_names())
    assert {name for name in left if name.startswith(("assignment", "pooling"))} == set()
    assert not present(database) & {row.name for row in guarantees_of(database)}

    call_command("migrate", database=migrated, verbosity=0)
    assert missing(database) == ()
    assert present(database) >= {row.name for row in guarantees_of(database)}


def test_migrate_brings_back_each_one_that_was_dropped(migrated: str) -> None:
    database = connections[migrated]
    for guarantee in guarantees_of(database):
        with database.cursor() as cursor:
            cursor.execute(guarantee.drop)
        assert missing(database) == (guarantee,)
        assert install(database) == (guarantee.name,)
    with database.cursor() as cursor:
        for guarantee in guarantees_of(database):
            cursor.execute(guarantee.drop)

    assert missing(database) == guarantees_of(database)
    call_command("migrate", database=migrated, verbosity=0)
    assert missing(database) == ()


def test_a_second_installation_changes_nothing(migrated: str) -> None:
    database = connections[migrated]

    assert install(database) == ()


@pytest.mark.postgres_only
def test_a_disabled_trigger_is_missing(migrated: str) -> None:
    database = connections[migrated]
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE assignment_auditevent DISABLE TRIGGER ALL")

    assert {row.name for row in missing(database)} == {
        "assignment_auditevent_append_only",
        "assignment_auditevent_no_truncate",
        "assignment_auditevent_clock",
    }
