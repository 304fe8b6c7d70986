"""Timefold, the strongest peer, with the jars of its Python package and the Java of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

from assignment.engine.joint import Problem

SOURCE = Path(__file__).with_name("TimefoldRival.java")
OPTIONS = ("-Xmx8g", "-XX:-UsePerfData")


def can_run() -> bool:
    """Tell whether this machine has a Java compiler."""
    return shutil.which("javac") is not None


def solve(problem: Problem, *, seconds: float) -> tuple[list[int], float]:
    """Return who has each task (-1: nobody), and the MB that it took; no owners if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}{os.pathsep}{_jars()}"
        compiler = ("javac", "-proc:none", "-cp", path, "-d", folder, str(SOURCE))
        subprocess.run(compiler, check=True)
        told, answer = Path(folder, "told"), Path(folder, "answer")
        told.write_text("\n".join(_lines(problem, seconds)))
        with told.open() as question, answer.open("w") as output:
            command = ("java", *OPTIONS, "-cp", path, SOURCE.stem)
            process = subprocess.Popen(command, stdin=question, stdout=output)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        lines = answer.read_text().split()[-len(problem.tasks) :]
    memory = usage.ru_maxrss / 1024
    return ([] if process.returncode else [int(line) for line in lines]), memory


def _lines(problem: Problem, seconds: float) -> Iterator[str]:
    yield f"{seconds * 1000:.0f}"
    yield _spaced(len(problem.offsets), *problem.offsets)
    yield str(len(problem.tasks))
    for task in problem.tasks:
        yield _spaced(task.start, task.end, len(task.people), *task.people)


def _spaced(*numbers: int) -> str:
    return " ".join(map(str, numbers))


def _jars() -> str:
    """Return the jars of the package as a class path."""
    found = [file.locate() for file in files("timefold") or () if file.suffix == ".jar"]
    return os.pathsep.join(map(str, found))
