"""What every command refuses before it does anything."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assignment.models import Operation
from tests.faults import commands
from tests.pooling.entries import pooled

pytestmark = pytest.mark.django_db
STRAY = b"\xff\xfe".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", STRAY),
        ("gate", "B-1", STRAY),
        ("retry_failed", STRAY),
        ("apply_plan", "1", "--except", STRAY),
        ("switch_mode", "URGENT", f"--reason=Peak {STRAY}"),
        ("process_emergency", f"--reason=Peak {STRAY}"),
        ("tick", f"--now={STRAY}"),
    ],
)
def test_an_argument_that_is_no_text_is_bad_input(arguments: tuple[str, ...]) -> None:
    pooled("B-1", start=20, deadline=10)
    output = StringIO()

    with pytest.raises(CommandError, match="is no text in UTF-8: write it again") as refused:
        call_command(*arguments, "--json", stdout=output, stderr=StringIO())

    assert refused.value.returncode == 2
    assert json.loads(output.getvalue())["error"]["code"] == "input"
    assert not Operation.objects.exists()


@pytest.mark.parametrize("command", ["tick", "sweep", "pool_status"])
def test_an_empty_clock_is_bad_input(command: str) -> None:
    with pytest.raises(CommandError, match="is no instant") as refused:
        call_command(command, "--now=", stdout=StringIO(), stderr=StringIO())

    assert refused.value.returncode == 2
    assert not Operation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("switch_mode", "FOO", "--reason=Peak week"), "argument mode: invalid choice: 'FOO'"),
        (("tick", "--bogus"), "unrecognized arguments: --bogus"),
        (("explain",), "the following arguments are required: REF"),
    ],
)
def test_what_the_parser_refuses_is_told_as_json_too(
    process_environment: dict[str, str], arguments: tuple[str, ...], message: str
) -> None:
    process = commands.start(process_environment, *arguments, "--json")
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    told = json.loads(out)["error"]
    assert (told["code"], told["message"][: len(message)]) == ("input", message)
    assert "usage: manage.py" in errors
