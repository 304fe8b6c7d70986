"""Rows with which many tests of a module begin: made once, not anew before each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def standing(make: Callable[[], object], *, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let these rows stand in a transaction around the tests, each of which rolls back to them.

    For a fixture of a module that needs ``django_db_setup``, under tests that need ``db`` too: as
    Django's own TestCase has it, the transaction of a test is a savepoint of this one.
    """
    with blocker.unblock(), transaction.atomic():
        make()
        with blocker.block():
            yield
        transaction.set_rollback(True)
