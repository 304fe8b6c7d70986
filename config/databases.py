"""Database and cache settings made from ``DATABASE_URL`` and ``REDIS_URL``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.module_loading import import_string
from environ import Env

from config.environment import SettingError

SQLITE = "django.db.backends.sqlite3"

POSTGRESQL_LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}
"""All shorter than a lease, so that a stuck statement ends before its work is rescued."""

NETWORK_LIMITS = {
    "tcp_user_timeout": 4_000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}
"""Milliseconds, then seconds: whoever waits for a server behind a network that swallows all
notices within five seconds, also while an answer is awaited; with the new connection that is
tried then, a page is told within ten."""
CONNECT_SECONDS = 4

REDIS_SECONDS = 0.2
"""How long a Redis call may take: Redis only helps, so waiting for it must not hurt."""


def database(url: str, *, base: Path) -> dict[str, Any]:
    """The ``DATABASES`` entry of a ``sqlite://`` or ``postgresql://`` URL.

    Raises SettingError for anything else. A relative SQLite path counts from base.
    """
    scheme = url.split(":", 1)[0].lower()
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise SettingError("DATABASE_URL", "must start with sqlite:/// or postgresql://")
    try:
        config = Env.db_url_config(url)
    except ValueError:
        raise SettingError("DATABASE_URL", "cannot be read as a URL") from None
    if scheme == "sqlite":
        return sqlite(config, base=base)
    return postgresql(config)


def sqlite(config: dict[str, Any], *, base: Path) -> dict[str, Any]:
    """SQLite as measured to lose nothing: WAL, immediate transactions, a patient writer."""
    if config["NAME"] == ":memory:":
        raise SettingError("DATABASE_URL", "must name a file: memory cannot be shared")
    return config | {
        "NAME": str(base / config["NAME"]),
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA foreign_keys=ON;",
        },
    }


def postgresql(config: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL with short limits and no pool, which a forking worker would share and break."""
    if not config["NAME"]:
        raise SettingError("DATABASE_URL", "must name the PostgreSQL database")
    limits = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_LIMITS.items())
    options = {"connect_timeout": CONNECT_SECONDS, "options": limits} | NETWORK_LIMITS
    return config | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | config.get("OPTIONS", {}),
    }


def create_private_file(name: str) -> None:
    """Make an empty database file that only its owner may read, unless it is there.

    A missing folder is made with mode 0700. A file that is there is never opened: closing it
    again would end every lock that the connections of this process hold on it, and the next
    process to leave would take its log away. Raises SettingError if that is impossible.
    """
    path = Path(name)
    problem = "it is no file that this user may read"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))
    except FileExistsError:
        if path.is_file() and os.access(path, os.R_OK):
            return
    except OSError as error:
        problem = error.strerror or problem
    else:
        return
    raise SettingError("DATABASE_URL", f"cannot open {path}: {problem}")


def cache(url: str) -> dict[str, Any]:
    """The ``CACHES`` entry: Redis if there is a URL, the memory of the process if not."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    check_redis_url(url)
    retry = import_string("redis.retry.Retry")  # loaded where it is used alone: it takes long
    never = import_string("redis.backoff.NoBackoff")()
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "interpool",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": REDIS_SECONDS,
            "SOCKET_TIMEOUT": REDIS_SECONDS,
            "CONNECTION_POOL_KWARGS": {"retry": retry(never, 0)},
            "IGNORE_EXCEPTIONS": True,
            "LOG_IGNORED_EXCEPTIONS": True,
        },
    }


def check_redis_url(url: str) -> None:
    """Raise SettingError unless the URL names a Redis server."""
    try:
        parts = urlsplit(url)
        reachable = parts.path if parts.scheme == "unix" else parts.hostname and (parts.port or 1)
    except ValueError:
        raise SettingError("REDIS_URL", "cannot be read as a URL") from None
    if parts.scheme not in {"redis", "rediss", "unix"} or not reachable:
        raise SettingError("REDIS_URL", "must look like redis://host:6379/0")
