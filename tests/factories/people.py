"""Teams and interpreters."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from assignment.models import Interpreter, Leave, Team


class TeamFactory(DjangoModelFactory):  # type: ignore[misc]
    """A team in UTC."""

    class Meta:
        model = Team

    ref = factory.Sequence(lambda n: f"team-{n}")
    name = factory.LazyAttribute(lambda team: team.ref.title())


class InterpreterFactory(DjangoModelFactory):  # type: ignore[misc]
    """Somebody who speaks Japanese and Thai, is always at work, and has a full share."""

    class Meta:
        model = Interpreter

    ref = factory.Sequence(lambda n: f"IN-{n:03}")
    name = factory.LazyAttribute(lambda person: f"Person {person.ref}")
    languages = "ja;th"


class LeaveFactory(DjangoModelFactory):  # type: ignore[misc]
    """A leave; give it a person, a start and an end."""

    class Meta:
        model = Leave

    interpreter = factory.SubFactory(InterpreterFactory)
