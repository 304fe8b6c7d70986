"""Runs tests in a copy of the tree, so that nothing here is ever broken."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.own import clean_cluster
from tests.teeth import nursery
from tests.teeth.table import Tooth

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "var")
FIRST_REDIS = 8
"""Redis databases from this one on are nobody else's; each process of the suite has its own."""
USUAL = (
    *("-q", "--no-migrations", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
"""The last one: the plugins of pytest are among what is known beforehand."""


class Nursery:
    """Runs tests in a copy, by forks of a process that knows everything but the product."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder
        self._tree = folder / "tree"
        shutil.copytree(ROOT, self._tree, ignore=LEFT_OUT)

    @contextmanager
    def without(self, tooth: Tooth) -> Iterator[None]:
        """Take the protection away inside; fails when its text is not there exactly once."""
        path = self._tree / tooth.file
        source = path.read_text("utf-8")
        count = source.count(tooth.text)
        assert count == 1, f"{tooth.protection}: its text stands {count} times in {tooth.file}"
        path.write_text(source.replace(tooth.text, tooth.instead), "utf-8")
        try:
            yield
        finally:
            shutil.copy2(ROOT / tooth.file, path)
            Path(cache_from_source(path)).unlink(missing_ok=True)

    def run(self, tests: Sequence[str], *, database: str) -> subprocess.CompletedProcess[str]:
        """Run these tests in the copy, on a database of their own in the servers of this pass.

        The tables come from the models: making them by all migrations would take far longer.
        """
        order = {
            "tree": str(self._tree),
            "arguments": [*USUAL, "--database", database, *tests],
            "environment": environment(),
            "output": str(self._folder / "out"),
            "errors": str(self._folder / "err"),
        }
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        told = [Path(str(order[name])).read_text("utf-8") for name in ("output", "errors")]
        return subprocess.CompletedProcess(tests, code, *told)


@contextmanager
def raising(folder: Path) -> Iterator[Nursery]:
    """A nursery that lives as long as the block; what is said in it goes to files in the folder."""
    with subprocess.Popen(
        [sys.executable, nursery.__file__],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Nursery(process, folder)


def environment() -> dict[str, str]:
    """The variables of the child: the servers of this pass, databases of its own."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    redis = urlsplit(os.environ["REDIS_URL"])
    redis = redis._replace(path=f"/{FIRST_REDIS + int(worker.removeprefix('gw'))}")
    data = urlsplit(os.environ["DATABASE_URL"])
    if data.scheme != "sqlite":
        mine["DATABASE_URL"] = data._replace(path=f"/teeth_{worker}").geturl()
        mine["TEST_CLUSTER"] = str(clean_cluster())
    return mine | {"REDIS_URL": redis.geturl()}


def is_red(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a test failed, which is another thing than that it could not begin."""
    last = done.stdout.strip().rpartition("\n")[2]
    return done.returncode == 1 and bool(re.match(r"\d+ failed", last)) and "error" not in last
