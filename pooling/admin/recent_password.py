"""The password once more, on the page of what must not happen by an unlocked screen."""

from __future__ import annotations

import logging
import time

from django.contrib.auth import logout
from django.http import HttpRequest

log = logging.getLogger(__name__)

ENTERED_AT = "interpool.password_entered_at"
WRONG = "interpool.wrong_passwords"
VALID_SECONDS = 300
MOST_WRONG = 5


def is_recent(request: HttpRequest) -> bool:
    """Whether the person entered the password within the last five minutes."""
    age = time.time() - request.session.get(ENTERED_AT, 0)
    return bool(0 <= age < VALID_SECONDS)


def wrong_password(request: HttpRequest) -> str:
    """Write to the session; return what is wrong with the password sent, or nothing.

    None needs to be sent while the last right one is recent. After five wrong ones in a row
    the person is signed out.
    """
    password = request.POST.get("password", "")
    if not password:
        return "" if is_recent(request) else "Enter your password: it is asked every 5 minutes."
    if request.user.check_password(password):
        request.session[ENTERED_AT] = time.time()
        request.session.pop(WRONG, None)
        return ""
    wrong = request.session[WRONG] = request.session.get(WRONG, 0) + 1
    request.session.pop(ENTERED_AT, None)
    log.warning("wrong password %d for a confirmation by user %s", wrong, request.user.pk)
    if wrong >= MOST_WRONG:
        logout(request)
        return "Five wrong passwords: sign in again."
    return "That password is not right: enter the one you sign in with."
