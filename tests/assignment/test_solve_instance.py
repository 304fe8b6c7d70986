"""``solve_instance``: files of both formats, checked from their own text; bad ones refused."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

DAT = """# made by hand
Type = 1
Jobs = 3
 0 60
 0 60
60 120
Qualifications = 2
3: 0 1 2
2: 1 2
"""
POOL: dict[str, Any] = {
    "name": "small",
    "workers": 2,
    "carried_in_minutes": [60, 0],
    "start": [0, 0, 60],
    "end": [60, 60, 120],
    "classes": [[0, 1], [1]],
    "eligibility_class": [0, 0, 0],
}


def solve(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> dict[str, Any]:
    """The JSON that the command prints."""
    call_command("solve_instance", str(path), "--json", *arguments)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_dat_file_is_solved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.dat"
    path.write_text(DAT)

    found = solve(capsys, path)

    assert found["assignment"]["0"] == 0
    assert found["assignment"]["1"] == 1
    assert (found["assigned"], found["unassigned"]) == (3, 0)
    assert found["objective"]["sum_of_squares"] == 120**2 + 60**2 == found["bound"]
    assert found["objective"]["proven"] is True


def test_a_pool_file_is_solved_with_what_was_carried_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(POOL))

    found = solve(capsys, path)

    assert found["assignment"]["2"] == 1
    assert found["objective"]["sum_of_squares"] == found["bound"] == 2 * 120**2


def test_a_larger_pool_is_checked_from_the_file_and_repeats_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = range(60)
    pool: dict[str, Any] = {
        "workers": 6,
        "carried_in_minutes": [0, 30, 60, 90, 15, 300],
        "start": [30 * (n % 20) for n in tasks],
        "end": [30 * (n % 20) + 15 * (1 + n % 4) for n in tasks],
        "classes": [[0, 1, 2], [2, 3, 4], [3, 4, 5], [0, 1, 2, 3, 4, 5]],
        "eligibility_class": [n % 4 for n in tasks],
    }
    path = tmp_path / "pool.json"
    path.write_text(json.dumps(pool))

    found = solve(capsys, path, "--steps", "50000")
    again = solve(capsys, path, "--steps", "50000")

    assert {**found, "seconds": 0} == {**again, "seconds": 0}
    minutes = list(pool["carried_in_minutes"])
    rows: list[list[tuple[int, int]]] = [[] for _ in minutes]
    for task, who in found["assignment"].items():
        start, end = pool["start"][int(task)], pool["end"][int(task)]
        assert who in pool["classes"][pool["eligibility_class"][int(task)]]
        rows[who].append((start, end))
        minutes[who] += end - start
    for row in rows:
        ordered = sorted(row)
        assert all(ended <= start for (_, ended), (start, _) in pairwise(ordered))
    assert found["objective"]["sum_of_squares"] == sum(value**2 for value in minutes)
    assert found["bound"] <= found["objective"]["sum_of_squares"]
    assert found["assigned"] + found["unassigned"] == 60


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.dat", ""),
        ("a.dat", "Jobs = 2\n0 60\n"),
        ("a.dat", DAT.replace("2: 1 2", "2: 1 7")),
        ("a.dat", DAT.replace("2: 1 2", "3: 1 2")),
        ("a.dat", DAT.replace("60 120", "60 50")),
        ("a.dat", DAT.replace("60 120", "60 x")),
        ("a.json", "{"),
        ("a.json", "[]"),
        ("a.json", "[" * 100_000),
        ("a.json", json.dumps(POOL | {"workers": 3})),
        ("a.json", json.dumps(POOL | {"eligibility_class": [0, 0, 9]})),
        ("a.json", json.dumps(POOL | {"eligibility_class": [0, 0, -1]})),
        ("a.json", json.dumps(POOL | {"classes": [[0, 5], [1]]})),
        ("a.json", json.dumps(POOL | {"start": [0, 0]})),
        ("a.json", json.dumps(POOL | {"start": [0, 0, "x"]})),
        ("a.json", json.dumps(POOL | {"start": [0, 0, True]})),
        ("a.json", json.dumps(POOL | {"carried_in_minutes": [10**30, 0]})),
        ("a.json", json.dumps(POOL | {"start": [0, 0, 0], "end": [60, 60, 10**400]})),
        ("a.dat", DAT.replace("60 120", f"60 {10**9}")),
    ],
)
def test_what_is_no_instance_is_refused_in_one_sentence(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(CommandError) as refused:
        call_command("solve_instance", str(path))

    assert refused.value.returncode == 2
    assert str(refused.value).startswith(f"{name} is no instance that can be read")


def test_a_missing_file_and_bad_limits_are_refused(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none.json", "There is no file “none.json”."),
        (tmp_path, f"{tmp_path.name} is no file: name one that ends in .dat or .json."),
    ):
        with pytest.raises(CommandError) as refused:
            call_command("solve_instance", str(path))
        assert (refused.value.returncode, str(refused.value)) == (2, message)

    path = tmp_path / "small.dat"
    path.write_text(DAT)
    for limit in (
        ("--steps", "-1"),
        ("--seconds", "0"),
        ("--seconds", "nan"),
        ("--seconds", "inf"),
    ):
        with pytest.raises(CommandError, match="Give steps of 0 or more"):
            call_command("solve_instance", str(path), *limit)
