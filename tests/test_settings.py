"""Settings: what the environment may say, and what follows from it."""

from __future__ import annotations

import ast
import datetime
import os
import runpy
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import override_settings

from config.environment import SettingError
from tests.environment import product_variables

ROOT = Path(__file__).resolve().parent.parent
SECRET = "hunter2-Tr0ub4dor"
Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Read the settings afresh with these variables, in a folder of their own."""

    def read(**variables: str) -> dict[str, Any]:
        defaults = dict.fromkeys(product_variables(), "")
        defaults |= {"SECRET_KEY": os.urandom(32).hex(), "VAR_DIR": str(tmp_path / "var")}
        for name, value in (defaults | variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "config" / "settings.py"))

    return read


def test_settings_have_safe_defaults(load: Load, tmp_path: Path) -> None:
    settings = load()

    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "interpool.sqlite3")
    assert settings["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
    assert settings["TIME_ZONE"] == "UTC"
    assert settings["SWEEP_TIME"] == datetime.time(6)
    assert settings["POOL_LEASE_SECONDS"] == 90
    assert settings["PORT"] == 8000
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"


def test_queue_waits_longer_than_tasks_that_stand_behind_others(load: Load) -> None:
    for workers in (1, 2, 5, 32):
        cluster = load(Q_WORKERS=str(workers))["Q_CLUSTER"]
        rounds = 1 + -(-(cluster["queue_limit"] + 1) // workers)

        assert cluster["workers"] == cluster["queue_limit"] == workers
        assert cluster["retry"] > cluster["timeout"] * rounds


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"DEBUG": "maybe"}, "DEBUG"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "٣"}, "PORT"),
        ({"Q_WORKERS": "two"}, "Q_WORKERS"),
        ({"Q_WORKERS": "0"}, "Q_WORKERS"),
        ({"POOL_LEASE_SECONDS": "-90"}, "POOL_LEASE_SECONDS"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE"),
        ({"TIME_ZONE": "/etc/passwd"}, "TIME_ZONE"),
        ({"TIME_ZONE": "../UTC"}, "TIME_ZONE"),
        ({"SWEEP_TIME": "6"}, "SWEEP_TIME"),
        ({"SWEEP_TIME": "24:00"}, "SWEEP_TIME"),
        ({"SWEEP_TIME": "02:30"}, "SWEEP_TIME"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": SECRET}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/"}, "SECRET_KEY_FILE"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        (
            {"INSECURE_LOCAL_HTTP": "true", "ALLOWED_HOSTS": "pool.example.org"},
            "INSECURE_LOCAL_HTTP",
        ),
        ({"CSRF_TRUSTED_ORIGINS": "pool.example.org"}, "CSRF_TRUSTED_ORIGINS"),
        ({"DATABASE_URL": f"mysql://me:{SECRET}@host/name"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:{SECRET}@host:port/name"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:{SECRET}@host"}, "DATABASE_URL"),
        ({"DATABASE_URL": SECRET}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://:memory:"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////proc/nowhere/x.sqlite3"}, "DATABASE_URL"),
        ({"REDIS_URL": f"http://:{SECRET}@host"}, "REDIS_URL"),
        ({"REDIS_URL": f"redis://:{SECRET}@host:port/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://"}, "REDIS_URL"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(
    load: Load, variables: dict[str, str], name: str
) -> None:
    with pytest.raises(SettingError) as caught:
        load(**variables)

    line = str(caught.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert SECRET not in line


def test_a_wrong_variable_ends_a_process_with_code_2(tmp_path: Path) -> None:
    for program in (["manage.py", "check"], ["-c", "import config.wsgi"]):
        environment = os.environ | {"SECRET_KEY": "", "SECRET_KEY_FILE": "", "VAR_DIR": "/nowhere"}
        done = subprocess.run(
            [sys.executable, *program], cwd=ROOT, env=environment, capture_output=True, text=True
        )

        assert done.returncode == 2
        assert done.stdout == ""
        assert (
            done.stderr
            == "SECRET_KEY: is not set, and there is no key file (see SECRET_KEY_FILE)\n"
        )


def test_the_secret_key_comes_from_the_file(load: Load, tmp_path: Path) -> None:
    key = os.urandom(32).hex()
    (tmp_path / "key").write_text(f"{key}\n")

    assert load(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == key


def test_plain_http_is_possible_on_this_machine_alone(load: Load) -> None:
    settings = load(INSECURE_LOCAL_HTTP="true")

    assert not settings["SECURE_SSL_REDIRECT"]
    assert not settings["SESSION_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_NAME"] == "sessionid"
    assert settings["SECURE_HSTS_SECONDS"] == 0


def test_the_sqlite_file_is_private(load: Load, tmp_path: Path) -> None:
    load()

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "var" / "interpool.sqlite3").stat().st_mode) == 0o600


def test_a_path_with_every_kind_of_sign_is_found(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "a b+c%20d#e?f"

    assert load(VAR_DIR=str(folder))["DATABASES"]["default"]["NAME"] == str(
        folder / "interpool.sqlite3"
    )
    assert (folder / "interpool.sqlite3").exists()


def test_a_postgresql_url_keeps_its_own_options(load: Load) -> None:
    url = "postgresql://me:a%40b@db.example.org:5433/pool?sslmode=verify-full"
    database = load(DATABASE_URL=url)["DATABASES"]["default"]

    assert database["HOST"] == "db.example.org"
    assert database["PORT"] == 5433
    assert database["PASSWORD"] == "a@b"
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert database["OPTIONS"]["connect_timeout"] == 4
    assert "pool" not in database["OPTIONS"]


def test_a_network_that_swallows_everything_is_noticed_within_ten_seconds(load: Load) -> None:
    options = load(DATABASE_URL="postgresql://me@db.example.org/pool")["DATABASES"]["default"][
        "OPTIONS"
    ]

    silence = options["keepalives_idle"]
    silence += options["keepalives_interval"] * options["keepalives_count"]
    assert options["tcp_user_timeout"] <= 1_000 * silence
    assert silence + options["connect_timeout"] <= 8, "two seconds are left for the kernel"


def test_the_example_file_lists_every_variable() -> None:
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    read = {
        argument.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "environment"
        for argument in call.args[: 2 if call.func.attr == "secret_key" else 1]
        if isinstance(argument, ast.Constant)
    }

    assert read == set(product_variables())


def test_the_example_file_shows_the_defaults(load: Load) -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and line[0].isupper())
    shown = {name: value for name, value in pairs if value}
    paths = {name: shown.pop(name) for name in ("VAR_DIR", "DATABASE_URL")}
    key = os.urandom(32).hex()

    def own(settings: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if name.isupper()}

    assert paths == {"VAR_DIR": "var", "DATABASE_URL": "sqlite:///var/interpool.sqlite3"}
    assert set(shown) <= set(own(load()))
    assert own(load(SECRET_KEY=key, **shown)) == own(load(SECRET_KEY=key))


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_sqlite_runs_as_measured() -> None:
    with connection.cursor() as cursor:
        values = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert values == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 20_000,
    }
    assert Path(connection.settings_dict["NAME"]).is_file()


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_postgresql_runs_with_short_limits() -> None:
    with connection.cursor() as cursor:
        values = {}
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            values[name] = cursor.fetchone()[0]

    assert values == {
        "statement_timeout": "15s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
    }


def test_the_cache_is_redis_and_holds_json() -> None:
    cache = caches["default"]
    cache.set("key", {"a": [1]})

    assert cache.get("key") == {"a": [1]}
    assert cache.client.get_client().get(cache.make_key("key")) == b'{"a": [1]}'  # type: ignore[attr-defined]


def test_a_dead_redis_costs_little(load: Load) -> None:
    settings = load(REDIS_URL="redis://127.0.0.1:1/0")
    started = time.monotonic()
    with override_settings(CACHES=settings["CACHES"]):
        caches["default"].set("key", 1)
        assert caches["default"].get("key") is None

    assert time.monotonic() - started < 1


def test_a_hanging_redis_costs_little(load: Load) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = load(REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        with override_settings(CACHES=settings["CACHES"]):
            assert caches["default"].get("key") is None

    assert time.monotonic() - started < 1
