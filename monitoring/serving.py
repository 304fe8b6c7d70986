"""What ``serve`` and ``run_worker`` run, and what must hold before they may."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException

from django.conf import settings

from assignment.errors import InputError
from monitoring.children import Child
from monitoring.pulse import Pulse
from monitoring.supervisor import Post

HOST = "127.0.0.1"


def web_post() -> Post:
    """The admin, served by gunicorn with threads, on this machine alone."""
    options = {
        "bind": f"{HOST}:{settings.PORT}",
        "worker-class": "gthread",
        "workers": "2",
        "threads": "4",
        "graceful-timeout": "10",
        "log-level": "warning",
        "forwarded-allow-ips": HOST if settings.BEHIND_PROXY else "",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return Post(
        Child("web server", "-m", "gunicorn", "config.wsgi", "--no-control-socket", *arguments)
    )


def worker_post() -> Post:
    """The cluster of django-q2 after its start-up check; started again when it gives no sign."""
    return Post(Child("worker", "manage.py", "start_worker"), pulse=Pulse())


def first_sweep() -> Child:
    """The day's sweep if it is missing: the schedule alone would start it a day late."""
    command = ("manage.py", "sweep", "--if-due")
    return Child("first sweep", *command, output=subprocess.DEVNULL)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold the right to be the one process of this name; raises InputError if another holds it."""
    settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.VAR_DIR / f"{name}.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise InputError(
                f"Interpool is already running here (process {file.read().strip()})."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def require_free_port() -> None:
    """Raise InputError unless the port can be listened on."""
    try:
        socket.create_server((HOST, settings.PORT)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem = f"{settings.PORT} is taken by another program; choose one, such as PORT=8001"
        else:
            problem = f"{settings.PORT} cannot be used: {error.strerror}"
        raise InputError(f"PORT: {problem}.") from None


def answers() -> bool:
    """Whether the server answers requests; it listens a while before it does."""
    with (
        suppress(OSError, HTTPException),
        closing(HTTPConnection(HOST, settings.PORT, timeout=1)) as web,
    ):
        web.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")})
        web.getresponse()
        return True
    return False


def greeting(say: Callable[[str], object]) -> Callable[[], None]:
    """What to do each round until the server answers: say so once."""
    answered = False

    def greet() -> None:
        nonlocal answered
        if not answered and answers():
            answered = True
            say(f"Interpool is ready at http://{HOST}:{settings.PORT}/admin/ (Ctrl-C stops it)")

    return greet
