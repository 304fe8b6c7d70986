"""The one base of all management commands: ``--json``, ``--now`` and the exit codes.

0 done · 1 it ran and something is wrong, or it was refused · 2 bad arguments or input,
nothing changed · 3 a dependency is unavailable.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.utils import timezone

from assignment import stopping
from assignment.audit import new_correlation_id
from assignment.booking_rules import FIRST_YEAR, LAST_YEAR
from assignment.errors import DependencyError, InputError, InterpoolError
from assignment.failures import DATABASE_ERRORS, classify, is_crowded

log = logging.getLogger(__name__)

DONE, WRONG, BAD_INPUT, UNAVAILABLE = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command says: the JSON object, the readable text, the exit code."""

    data: Mapping[str, Any]
    text: str
    exit_code: int = DONE


def parse_instant(text: str) -> dt.datetime:
    """Return an ISO 8601 instant with offset as UTC; raises InputError for anything else."""
    try:
        instant = dt.datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise InputError(
                f"“{text[:40]}” has no offset: write such as 2026-11-23T06:00:00+00:00."
            )
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise InputError(f"Give an instant between {FIRST_YEAR} and {LAST_YEAR}.")
        return instant.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"“{text[:40]}” is no instant: write such as 2026-11-23T06:00:00+00:00."
        ) from error


def instant_text(instant: dt.datetime | None) -> str | None:
    """Return an instant as ISO 8601 in UTC with ``Z``, as all JSON of the product has it."""
    if instant is None:
        return None
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        """Write instants in UTC with ``Z``."""
        return instant_text(o) if isinstance(o, dt.datetime) else super().default(o)


class InterpoolCommand(BaseCommand):
    """Subclasses write ``answer``, and ``arguments`` when they take any.

    They start without Django's checks of code, which ``manage.py check`` makes before it goes out:
    these load every page, which takes longer than most commands.
    """

    requires_system_checks = ()
    takes_now = False
    ends_politely = False
    """Whether SIGTERM lets it finish its chunk; it then ends with exit code 1."""

    def arguments(self, parser: CommandParser) -> None:
        """Add the arguments of this command."""

    def answer(self, options: dict[str, Any]) -> Answer:
        """Do the work and return what to print. Raises InterpoolError."""
        raise CommandError("This command does nothing.")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let a refused argument be told as JSON, too, before the usage and exit code 2."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        refuse: Callable[[str], NoReturn] = parser.error

        def error(message: str) -> NoReturn:
            if "--json" in sys.argv:
                self.stdout.write(_error_text(message, code=InputError.code))
            refuse(message)

        parser.error = error  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--json`` and ``--now`` beside the command's own arguments."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        if self.takes_now:
            parser.add_argument(
                "--now", metavar="ISO8601", help="the business clock, with offset; default: now"
            )
        self.arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Run ``answer``, print it, and turn every error into its exit code."""
        reference = new_correlation_id()
        try:
            _require_readable(options)
            if self.takes_now:
                text = options["now"]
                options["now"] = timezone.now() if text is None else parse_instant(text)
            with stopping.politely() if self.ends_politely else nullcontext():
                answer = self.answer(options)
        except InputError as error:
            self._fail(str(error), code=error.code, exit_code=BAD_INPUT, options=options)
        except DependencyError as error:
            self._fail(str(error), code=error.code, exit_code=UNAVAILABLE, options=options)
        except InterpoolError as error:
            self._fail(str(error), code=error.code, exit_code=WRONG, options=options)
        except DATABASE_ERRORS as error:
            log.error("database error %s", reference, exc_info=error)
            self._fail_of_database(error, reference=reference, options=options)
        except CommandError:
            raise
        except Exception as error:
            log.error("command failed %s", reference, exc_info=error)
            message = f"Something unexpected went wrong; see var/interpool.log for {reference}."
            self._fail(message, code="unexpected", exit_code=WRONG, options=options)
        self._print(answer, as_json=options["json"])
        if answer.exit_code:
            sys.exit(answer.exit_code)

    def _print(self, answer: Answer, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer.data, cls=_Encoder, ensure_ascii=False))
        else:
            self.stdout.write(answer.text)

    def _fail_of_database(
        self, error: Exception, *, reference: str, options: dict[str, Any]
    ) -> NoReturn:
        unable = isinstance(error, OperationalError | InterfaceError | ProgrammingError)
        if unable or classify(error).outage:
            self._fail(database_sentence(error), "dependency", UNAVAILABLE, options)
        message = f"The database refused the change; see var/interpool.log for {reference}."
        self._fail(message, code="integrity", exit_code=WRONG, options=options)

    def _fail(self, message: str, code: str, exit_code: int, options: dict[str, Any]) -> NoReturn:
        if options["json"]:
            self.stdout.write(_error_text(message, code=code))
        raise CommandError(message, returncode=exit_code)


def _error_text(message: str, *, code: str) -> str:
    return json.dumps({"error": {"code": code, "message": message}})


def _require_readable(options: Mapping[str, Any]) -> None:
    """Raise InputError for an argument whose bytes are no text: nothing could store or show it."""
    for value in options.values():
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str) and not text.isprintable() and _has_stray_bytes(text):
                raise InputError(f"{text[:40]!a} is no text in UTF-8: write it again.")


def _has_stray_bytes(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def database_sentence(error: BaseException) -> str:
    """Return what a person is told about a failure of the database, and what to do."""
    kind = classify(error).kind
    if kind == "skew":
        return "The database is not up to date: run “manage.py migrate”."
    if kind == "full":
        return "The database takes no changes now: it is read-only or full; ask its operator."
    if kind == "damaged":
        return (
            "The database cannot read or write all of its files: stop the workers, have the disk "
            "looked after, and restore a backup if a table is damaged."
        )
    if kind in ("busy", "conflict") or is_crowded(error):
        return "The database is busy: try again in a moment."
    return "The database cannot be reached or refuses to work: check DATABASE_URL and the server."
