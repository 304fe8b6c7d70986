"""A process that knows everything but the product; each run of tests in a tree is a fork of it.

What others wrote takes far longer to import than what a tooth can change. Started as a program,
so that nothing of this tree is imported: a fork finds all of the product in the tree it is given.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys

import pytest

SECONDS = 300
"""After so many a run is ended."""

KNOWN = (
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.template.engine",
    "django.test.client",
    "environ",
    "factory.django",
    "faker",
    "hypothesis",
    "psycopg",
    "pytest_django.plugin",
    "redis.asyncio",
    "tenacity",
)


def serve() -> None:
    """For each line that orders a run fork a child for it, and answer with its exit code."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            become(**order)
            return
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def become(
    *, tree: str, arguments: list[str], environment: dict[str, str], output: str, errors: str
) -> None:
    """Be a pytest in that tree until it ends, as if started there."""
    signal.alarm(SECONDS)
    os.chdir(tree)
    sys.path[0] = tree
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate((os.devnull, output, errors)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    raise SystemExit(pytest.main(arguments))


if __name__ == "__main__":
    for name in KNOWN:
        importlib.import_module(name)
    serve()
