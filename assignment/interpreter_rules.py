"""What an interpreter's record may say: pure checks of one person given as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.core.validators import validate_email

from assignment.field_rules import (
    Finding,
    checked_findings,
    longest,
    pair_findings,
    ref_findings,
    refusal,
    shown,
    text_findings,
)
from assignment.models import Interpreter, Team
from assignment.models.fields import split_tags
from assignment.validators import (
    validate_hours,
    validate_languages,
    validate_skills,
    validate_time_zone,
)

LEAST_WEIGHT, MOST_WEIGHT = Decimal("0.01"), Decimal(10)
LENGTHS = {
    field: longest(Interpreter, field)
    for field in ("ref", "name", "email", "phone", "languages", "skills", "hours", "time_zone")
}
TEAM_LENGTH = longest(Team, "ref")


@dataclass(frozen=True, kw_only=True, slots=True)
class InterpreterValues:
    """One person as values: tags as canonical text, the team as its ref."""

    ref: str
    name: str
    languages: str
    email: str = ""
    phone: str = ""
    team: str = ""
    skills: str = ""
    weight: Decimal = Decimal(1)
    hours: str = ""
    time_zone: str = ""
    active: bool = True


def interpreter_findings(values: InterpreterValues) -> tuple[Finding, ...]:
    """Return everything that is wrong with a person's record, field by field."""
    return (
        *ref_findings("ref", values.ref, length=LENGTHS["ref"], required=True),
        *text_findings("name", values.name, length=LENGTHS["name"], required=True),
        *email_findings(values.email),
        *text_findings("phone", values.phone, length=LENGTHS["phone"]),
        *ref_findings("team", values.team, length=TEAM_LENGTH),
        *checked_findings(
            "languages",
            values.languages,
            length=LENGTHS["languages"],
            required=True,
            check=validate_languages,
        ),
        *pair_findings("languages", split_tags(values.languages)),
        *checked_findings("skills", values.skills, length=LENGTHS["skills"], check=validate_skills),
        *weight_findings(values.weight),
        *checked_findings("hours", values.hours, length=LENGTHS["hours"], check=validate_hours),
        *checked_findings(
            "time_zone", values.time_zone, length=LENGTHS["time_zone"], check=validate_time_zone
        ),
    )


def email_findings(email: str) -> Iterator[Finding]:
    """An address as mail servers take it; empty is allowed."""
    found = tuple(text_findings("email", email, length=LENGTHS["email"]))
    yield from found
    if email and not found and refusal(validate_email, email):
        yield Finding(field="email", message=f"“{shown(email)}” is no e-mail address.")


def weight_findings(weight: Decimal) -> Iterator[Finding]:
    """0.01 to 10, with two decimals at most."""
    if not weight.is_finite() or not LEAST_WEIGHT <= weight <= MOST_WEIGHT:
        yield Finding(field="weight", message="The weight must lie between 0.01 and 10.")
    elif weight != weight.quantize(LEAST_WEIGHT):
        yield Finding(field="weight", message="The weight has at most two decimals.")
