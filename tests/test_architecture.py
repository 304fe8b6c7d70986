"""The house: imports only go down, files stay small, names say what a thing is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.utils.module_loading import import_string
from django_q.models import Schedule

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "config": {"config"},
    "assignment": {"assignment"},
    "pooling": {"pooling", "assignment"},
    "monitoring": {"monitoring", "pooling", "assignment"},
}
"""What each floor may import of our own code."""
FORBIDDEN_NAMES = {"utils", "common", "helpers", "services", "manager"}
TOUCHES_ROWS = {
    "accounts.py",
    "binding.py",
    "explain.py",
    "loading.py",
    "members.py",
    "opportunities.py",
    "people.py",
    "sums.py",
}
"""The modules of the engine that read or write rows; everything else in it decides on values."""
LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40

SOURCES = sorted(
    path.relative_to(ROOT)
    for floor in FLOORS
    for path in (ROOT / floor).rglob("*.py")
    if "migrations" not in path.parts
)
PURE = [
    path
    for path in SOURCES
    if path.is_relative_to("assignment/engine") and path.name not in TOUCHES_ROWS
]
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file of the project."""
    return ast.parse((ROOT / path).read_text("utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Everything in that tree."""
    return tuple(ast.walk(tree_of(path)))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a file, wherever in it they stand."""
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it the import stands."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_only_go_down() -> None:
    own = {
        path: {name.split(".")[0] for name in imports_of(path)} & (set(FLOORS) | {"tests"})
        for path in SOURCES
    }

    assert {path: up for path in own if (up := own[path] - FLOORS[path.parts[0]])} == {}


def test_imports_stand_at_the_top() -> None:
    lines = [
        f"{path}:{inner.lineno}"
        for path in SOURCES
        for node in functions_of(path)
        if (path.name, node.name) != ("apps.py", "ready")
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert lines == []


def test_deciding_is_pure() -> None:
    impure = ("django", "assignment.models")

    assert PURE
    assert [
        (path, name) for path in PURE for name in imports_of(path) if name.startswith(impure)
    ] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if {*path.parts[:-1], path.stem} & FORBIDDEN_NAMES] == []


def test_files_and_functions_stay_small() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": length
        for path in SOURCES + TESTS
        for node in functions_of(path)
        if node.end_lineno and (length := node.end_lineno - node.lineno + 1) > LINES_OF_A_FUNCTION
    }
    lines = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in SOURCES + TESTS}

    assert long == {}
    assert {path: count for path, count in lines.items() if count > LINES_OF_A_FILE} == {}


def test_annotations_are_postponed_in_every_file_with_code() -> None:
    with_code = [
        path
        for path in SOURCES + TESTS
        if any(not isinstance(node, ast.Expr) for node in tree_of(path).body)
    ]

    assert with_code
    assert [p for p in with_code if "__future__.annotations" not in imports_of(p)] == []


@pytest.mark.django_db
def test_the_tasks_of_all_schedules_exist() -> None:
    for function in Schedule.objects.values_list("func", flat=True):
        assert callable(import_string(function))


def test_the_tasks_that_are_named_in_code_exist() -> None:
    names = [
        call.args[0].value
        for path in SOURCES
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"async_task", "schedule"}
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ]

    assert "monitoring.tasks.beat" in names
    for name in names:
        assert callable(import_string(name))
