"""Teams and interpreters."""

from __future__ import annotations

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from assignment.models import Interpreter, Leave, Team


class TeamFactory(DjangoModelFactory[Team]):
    """A team in UTC."""

    class Meta:
        model = Team

    ref = Sequence(lambda n: f"team-{n}")
    name = LazyAttribute(lambda team: team.ref.title())


class InterpreterFactory(DjangoModelFactory[Interpreter]):
    """Somebody who speaks Japanese and Thai, is always at work, and has a full share."""

    class Meta:
        model = Interpreter

    ref = Sequence(lambda n: f"IN-{n:03}")
    name = LazyAttribute(lambda person: f"Person {person.ref}")
    languages = "ja;th"


class LeaveFactory(DjangoModelFactory[Leave]):
    """A leave; give it a person, a start and an end."""

    class Meta:
        model = Leave

    interpreter = SubFactory(InterpreterFactory)
