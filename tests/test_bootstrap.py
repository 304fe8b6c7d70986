"""Set-up on a machine that has only Python and make.

The real Makefile and bootstrap run in a folder of their own, over a project that has no
requirements and whose ``manage.py`` writes down how it was called.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RECORDER = """
import os, sys
with open("calls", "a") as calls:
    print(*sys.argv[1:], os.environ.get("INSECURE_LOCAL_HTTP"), file=calls)
if sys.argv[1] == os.environ.get("FAILING"):
    sys.exit(2)
"""
PASS = """
import pathlib, sys, time
pathlib.Path(sys.argv[-1]).touch()
end = time.monotonic() + 20
while not (found := all(map(pathlib.Path.exists, map(pathlib.Path, ("sqlite", "postgresql"))))):
    if time.monotonic() > end:
        break
    time.sleep(0.05)
print(*sys.argv[1:], "not alone" if found else "alone")
sys.exit(7 if sys.argv[-1] == "postgresql" else 0)
"""
"""What stands for pytest: one pass waits until the other has begun, too."""
Make = Callable[..., subprocess.CompletedProcess[str]]


pytestmark = pytest.mark.sqlite_only  # no database takes part, so one pass is enough


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout below a folder that only its owner may enter, with blanks in its name."""
    home = tmp_path / "my home"
    home.mkdir(mode=0o700)
    project = home / "inter pool"
    (project / "config").mkdir(parents=True)
    for name in ("Makefile", "config/bootstrap.sh", "config/bootstrap.py"):
        shutil.copy(ROOT / name, project / name)
    (project / "requirements.txt").write_text("# nothing\n")
    (project / "manage.py").write_text(RECORDER)
    return project


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment like the one that the bootstrap makes."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([Path(sys.executable).resolve(), "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def equipped(project: Path, environment: Path) -> Path:
    """The same, in which the environment was made before."""
    shutil.copytree(environment, project / ".venv", symlinks=True)
    return project


@pytest.fixture
def make(project: Path, tmp_path: Path) -> Make:
    """Run make with almost no environment: a path with the system's tools and one Python."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "head", "make"):
        (tools / tool).symlink_to(str(shutil.which(tool)))

    def run(target: str, *, python: Path | None = None, **environment: str) -> object:
        link = tools / "python3"
        link.unlink(missing_ok=True)
        link.symlink_to(python or Path(sys.executable).resolve())
        return subprocess.run(
            [tools / "make", target],
            cwd=project,
            env={"PATH": str(tools)} | environment,
            capture_output=True,
            text=True,
        )

    return run  # type: ignore[return-value]


def plain(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said on standard error, without make's own last word."""
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]


def test_run_sets_up_and_serves(make: Make, project: Path) -> None:
    done = make("run")

    assert done.returncode == 0, done.stderr
    assert plain(done) == ["Making .venv", "Installing requirements.txt"]
    assert (project / "calls").read_text().splitlines() == [
        "serve --check true",
        "collectstatic --no-input --verbosity 0 true",
        "migrate --no-input --verbosity 0 true",
        "prepare_demo true",
        "serve true",
    ]


def test_the_suite_runs_on_both_databases_at_once_and_the_worse_end_counts(
    make: Make, equipped: Path
) -> None:
    (equipped / "requirements-dev.txt").write_text("# nothing\n")
    (equipped / "pytest.py").write_text(PASS)

    done = make("test")

    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "-n 2 --database sqlite not alone",
        "-n 2 --database postgresql not alone",
    ]
    assert "Error 7" in done.stderr


def test_the_secret_key_is_made_once_and_private(make: Make, equipped: Path) -> None:
    make("demo")
    key = (equipped / "var" / "secret_key").read_text()
    make("demo")

    assert len(key.strip()) >= 50
    assert (equipped / "var" / "secret_key").read_text() == key
    assert stat.S_IMODE((equipped / "var" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((equipped / "var").stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["environment", "file"])
def test_no_key_is_made_where_one_is_given(make: Make, equipped: Path, place: str) -> None:
    if place == "file":
        (equipped / ".env").write_text("# mine\nSECRET_KEY=given\n")
    make("demo", **({"SECRET_KEY": "given"} if place == "environment" else {}))

    assert not (equipped / "var").exists()


def test_a_second_start_installs_only_what_changed(make: Make, equipped: Path) -> None:
    make("demo")
    started = time.monotonic()
    again = make("demo")

    assert plain(again) == []
    assert time.monotonic() - started < 3

    (equipped / "requirements.txt").write_text("# something else\n")
    assert plain(make("demo")) == ["Installing requirements.txt"]


def test_bench_installs_again_when_what_it_includes_has_changed(make: Make, equipped: Path) -> None:
    (equipped / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (equipped / "requirements-bench.txt").write_text("-r requirements-dev.txt\n")
    (equipped / "tests" / "benchmarks").mkdir(parents=True)
    (equipped / "tests" / "benchmarks" / "__main__.py").write_text("")

    assert plain(make("bench")) == ["Installing requirements-bench.txt"]
    assert plain(make("bench")) == []
    (equipped / "requirements.txt").write_text("# something else\n")
    assert plain(make("bench")) == ["Installing requirements-bench.txt"]


def test_an_environment_that_broke_is_made_anew(make: Make, equipped: Path) -> None:
    make("demo")
    python = equipped / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    assert plain(make("demo")) == ["Making .venv", "Installing requirements.txt"]


def test_a_command_that_fails_ends_the_start(make: Make, equipped: Path) -> None:
    done = make("run", FAILING="serve")

    assert done.returncode == 2
    assert (equipped / "calls").read_text() == "serve --check true\n"


def test_requirements_that_cannot_be_installed_are_named(make: Make, equipped: Path) -> None:
    (equipped / "requirements.txt").write_text("./nowhere\n")
    done = make("demo")

    assert done.returncode != 0
    assert plain(done)[-1] == "requirements.txt could not be installed."
    assert "Traceback" not in done.stderr


def test_an_old_python_is_named(make: Make, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    done = make("run", python=old)

    assert done.returncode == 2
    assert plain(done) == ["Python 3.11 or newer is needed; Python 3.9.2 was found."]


def test_a_missing_venv_module_is_named(make: Make, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None")
    done = make("run", PYTHONPATH=str(tmp_path))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert done.returncode == 2
    assert plain(done) == [
        "Making .venv",
        f"The venv module of Python {version} is missing; "
        f"on Debian: apt-get install python{version}-venv",
    ]


def test_an_unknown_target_is_refused(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "config/bootstrap.py", "bake"],
        cwd=project,
        env=dict(os.environ),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr == "Usage: make run|demo|test|browser|check|soak|bench\n"
