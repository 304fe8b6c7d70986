"""The guarantees stand after every migration, and come back by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from assignment.guarantees import guarantees_of, install, missing, present

pytestmark = pytest.mark.own_database

EMPTY = "empty"


@pytest.fixture
def empty(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The alias of an empty database of the same kind as that of the tests."""
    with django_db_blocker.unblock():
        settings = dict(connection.settings_dict)
        name = f"interpool_empty_{os.getpid()}"
        if connection.vendor == "sqlite":
            settings["NAME"] = str(tmp_path / "empty.sqlite3")
        else:
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
            settings["NAME"] = name
        connections.settings[EMPTY] = settings
        yield EMPTY
        connections[EMPTY].close()
        del connections[EMPTY], connections.settings[EMPTY]
        if connection.vendor == "postgresql":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")


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


def test_back_to_zero_and_forwards_again(empty: str) -> None:
    database = connections[empty]
    call_command("migrate", database=empty, verbosity=0)
    for label in ("monitoring", "pooling", "assignment"):
        call_command("migrate", label, "zero", database=empty, verbosity=0)
    left = set(database.introspection.table_names())
    assert {name for name in left if name.startswith(("assignment", "pooling"))} == set()
    assert not present(database) & {row.name for row in guarantees_of(database)}

    call_command("migrate", database=empty, verbosity=0)
    assert missing(database) == ()
    assert present(database) >= {row.name for row in guarantees_of(database)}


def test_migrate_brings_back_each_one_that_was_dropped(empty: str) -> None:
    database = connections[empty]
    call_command("migrate", database=empty, verbosity=0)
    for guarantee in guarantees_of(database):
        with database.cursor() as cursor:
            cursor.execute(guarantee.drop)
        assert missing(database) == (guarantee,)
        assert install(database) == (guarantee.name,)
    with database.cursor() as cursor:
        for guarantee in guarantees_of(database):
            cursor.execute(guarantee.drop)

    assert missing(database) == guarantees_of(database)
    call_command("migrate", database=empty, verbosity=0)
    assert missing(database) == ()


def test_a_second_installation_changes_nothing(empty: str) -> None:
    database = connections[empty]
    call_command("migrate", database=empty, verbosity=0)

    assert install(database) == ()


@pytest.mark.postgres_only
def test_a_disabled_trigger_is_missing(empty: str) -> None:
    database = connections[empty]
    call_command("migrate", database=empty, verbosity=0)
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE assignment_auditevent DISABLE TRIGGER ALL")

    assert {row.name for row in missing(database)} == {
        "assignment_auditevent_append_only",
        "assignment_auditevent_no_truncate",
        "assignment_auditevent_clock",
    }
