"""Sessions in the database, which can still be read when the database takes no changes."""

from __future__ import annotations

import logging

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from assignment.failures import classify

log = logging.getLogger(__name__)


class SessionStore(db.SessionStore):
    """The stock store; what cannot be written on a read-only server is left unwritten."""

    def save(self, must_create: bool = False) -> None:
        """Write the session; on a read-only or full database a look at a page goes on without."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if error.__context__ is None or classify(error.__context__).kind != "full":
                raise
            log.warning("a session is not written: the database takes no changes")
