"""What the README and the product's own advice tell people to type is accepted as it stands."""

from __future__ import annotations

import json
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from pooling import holds
from tests.factories.people import InterpreterFactory

README = Path(__file__).resolve().parent.parent / "README.md"
EXAMPLE = re.compile(r"manage\.py ((?:claim_hold|interpreter_out) .*?)(?=\s{3,}manage\.py|\n)")

pytestmark = pytest.mark.django_db


def examples(name: str) -> list[list[str]]:
    """The words of each line of the README that calls this command."""
    found = map(shlex.split, EXAMPLE.findall(README.read_text("utf-8")))
    return [words for words in found if words[0] == name]


def run(words: list[str]) -> dict[str, Any]:
    """The answer of a command that ends with 0, whatever the day."""
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_hold_of_the_readme_is_set_and_lifted() -> None:
    assert [run(words)["changed"] for words in examples("claim_hold")] == [True, True]

    assert holds.standing() == []


def test_the_advice_of_a_hold_lifts_it() -> None:
    run(["claim_hold", "--set", "--reason", "Storm in the data centre."])
    (hold,) = holds.standing()
    advice = re.search("“manage.py (.*)”", holds.sentence(hold))
    assert advice

    assert run(shlex.split(advice[1]))["holds"] == []


def test_the_absence_of_the_readme_lies_ahead() -> None:
    InterpreterFactory.create(ref="IN-017")

    (words,) = examples("interpreter_out")

    assert run(words)["kept"] == []
