"""What ``make`` does on a machine with nothing but Python: environment, requirements, commands.

Run as ``sh config/bootstrap.sh TARGET`` (which finds Python); needs the standard library alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
WRONG_INPUT = 2
UNAVAILABLE = 3


class StopError(Exception):
    """Ends the start with one plain line and an exit code."""

    def __init__(self, line: str, *, code: int = WRONG_INPUT) -> None:
        super().__init__(line)
        self.code = code


def run() -> None:
    """Serve the admin with sample data, the worker beside it."""
    prepare_local_start()
    manage("serve", "--check", output=subprocess.DEVNULL)
    manage("collectstatic", "--no-input", "--verbosity", "0")
    load_demo()
    os.execv(PYTHON, [PYTHON, "manage.py", "serve"])


def demo() -> None:
    """Load sample data, run one sweep and print its table."""
    prepare_local_start()
    load_demo()


def test() -> None:
    """Run the whole suite, on SQLite and, beside it, on PostgreSQL: tests often wait."""
    install("requirements-dev.txt")
    suite = ["-m", "pytest", "-n", "2", "--database"]
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen([PYTHON, *suite, "postgresql"], cwd=ROOT, stdout=told) as beside,
    ):
        codes = [try_python(*suite, "sqlite"), beside.wait()]
        told.seek(0)
        shutil.copyfileobj(told, sys.stdout.buffer)
    finish(codes)


def browser() -> None:
    """Run the workflows in a real Chromium, two at a time: each has a server of its own."""
    install("requirements-dev.txt")
    require_chromium()
    finish([try_python("-m", "pytest", "-n", "2", "--dist", "loadfile", "tests/browser")])


def check() -> None:
    """Lint, types, missing migrations, and the deployment check with a production environment."""
    install("requirements-dev.txt")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "ALLOWED_HOSTS": "pool.example.org",
            "BEHIND_PROXY": "true",
            "CSRF_TRUSTED_ORIGINS": "https://pool.example.org",
            "DATABASE_URL": f"sqlite:///{folder}/interpool.sqlite3",
            "DEBUG": "false",
            "INSECURE_LOCAL_HTTP": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "VAR_DIR": folder,
        }
        checks = [
            try_python("-m", "ruff", "check"),
            try_python("-m", "ruff", "format", "--check"),
            try_python("-m", "mypy", "."),
            try_python("manage.py", "makemigrations", "--check", "--dry-run"),
            try_python("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        ]
    finish(checks)


def soak() -> None:
    """Hurt many processes for SECONDS (1800), seeded by SEED, on DATABASE; judge what is left."""
    install("requirements-dev.txt")
    finish([try_python("-m", "tests.soak")])


def bench() -> None:
    """Measure the groups of ONLY at SCALE against references of the same run."""
    install("requirements-bench.txt")
    finish([try_python("-m", "tests.benchmarks")])


TARGETS: dict[str, Callable[[], None]] = {
    target.__name__: target for target in (run, demo, test, browser, check, soak, bench)
}


def prepare_local_start() -> None:
    """Install what runs, and settle what only a start on this machine may assume."""
    install("requirements.txt")
    os.environ.setdefault("INSECURE_LOCAL_HTTP", "true")
    make_secret_key()


def load_demo() -> None:
    """Bring the database up to date and show the sample."""
    manage("migrate", "--no-input", "--verbosity", "0")
    manage("prepare_demo")


def install(requirements: str) -> None:
    """Make the environment if it is missing, and install when the requirements have changed."""
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        if not environment_works():
            make_environment()
        stamp = VENV / f"{requirements}.sha256"
        wanted = digest(requirements)
        if not stamp.exists() or stamp.read_text() != wanted:
            install_requirements(requirements)
            stamp.write_text(wanted)
    finally:
        os.close(folder)


def environment_works() -> bool:
    """Whether there is an environment of ours with a Python that is new enough and has pip."""
    check = "import sys, pip; assert sys.version_info >= (3, 11)"
    try:
        return not subprocess.run([PYTHON, "-c", check], capture_output=True).returncode
    except OSError:
        return False


def make_environment() -> None:
    """Make ``.venv`` anew."""
    say("Making .venv")
    if not (find_spec("venv") and find_spec("ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise StopError(
            f"The venv module of Python {version} is missing; "
            f"on Debian: apt-get install python{version}-venv"
        )
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True
    )
    if done.returncode:
        raise StopError(f"cannot make .venv: {last_line(done.stdout + done.stderr)}")


def install_requirements(requirements: str) -> None:
    """Install with pip, which explains itself when it fails."""
    say(f"Installing {requirements}")
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    if subprocess.run([*command, "--requirement", requirements]).returncode:
        raise StopError(f"{requirements} could not be installed.", code=UNAVAILABLE)


def digest(requirements: str) -> str:
    """A digest of the named file and of those that it includes."""
    text = (ROOT / requirements).read_text("utf-8")
    included = [line[3:].strip() for line in text.splitlines() if line.startswith("-r ")]
    content = "".join([text, *map(digest, included)])
    return hashlib.sha256(content.encode()).hexdigest()


def make_secret_key() -> None:
    """Write: a key file that only its owner may read, unless there is a key."""
    if variable("SECRET_KEY") or variable("SECRET_KEY_FILE"):
        return
    folder = ROOT / (variable("VAR_DIR") or "var")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        key = os.open(folder / "secret_key", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(key, "w") as file:
        file.write(f"{secrets.token_urlsafe(50)}\n")


def variable(name: str) -> str:
    """A variable of the environment, else of ``.env``; empty if it is set nowhere."""
    if os.environ.get(name):
        return os.environ[name]
    file = ROOT / ".env"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    values = [line.split("=", 1)[1] for line in lines if line.startswith(f"{name}=")]
    return values[-1].strip() if values else ""


def require_chromium() -> None:
    """Install Debian's Chromium, and what drives it, if they are missing and we may."""
    driver = subprocess.run([PYTHON, "-m", "playwright", "--version"], capture_output=True)
    if shutil.which("chromium") and not driver.returncode:
        return
    packages = "chromium fonts-liberation libatomic1"
    command = f"apt-get update && apt-get install --yes --no-install-recommends {packages}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise StopError(f"Chromium is missing; as root: {command}", code=UNAVAILABLE)
    say("Installing Debian's chromium")
    done = subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.DEVNULL)
    if done.returncode:
        raise StopError(f"Chromium could not be installed by: {command}", code=UNAVAILABLE)


def manage(*arguments: str, output: int | None = None) -> None:
    """Run a management command; its failure, which it has explained, ends the start."""
    code = try_python("manage.py", *arguments, output=output)
    if code:
        raise SystemExit(code)


def try_python(*arguments: str, output: int | None = None) -> int:
    """Run the environment's Python in the project's folder and return its exit code."""
    return subprocess.run([PYTHON, *arguments], cwd=ROOT, stdout=output).returncode


def finish(codes: list[int]) -> None:
    """End with the worst of these exit codes."""
    raise SystemExit(max(codes, key=abs))


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return ["", *text.strip().splitlines()][-1]


def say(line: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> None:
    """Run one target; every foreseen failure ends with one plain line."""
    if len(arguments) != 1 or arguments[0] not in TARGETS:
        raise StopError(f"Usage: make {'|'.join(TARGETS)}")
    os.chdir(ROOT)
    TARGETS[arguments[0]]()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StopError as error:
        say(str(error))
        raise SystemExit(error.code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
