"""Passwords that only open the page on which one's own is chosen.

The hash itself carries the mark, in its salt: choosing another password makes another
salt, so nothing else has to be remembered or cleared.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import get_random_string

MARK = "onetime"
SALT_LENGTH = 22
OPEN_PAGES = ("admin:password_change", "admin:password_change_done", "admin:logout", "healthz")

Handler = Callable[[HttpRequest], HttpResponse]


def set_one_time_password(user: AbstractBaseUser) -> str:
    """Give the user (not saved) a random one-time password and return it in plain text."""
    password = secrets.token_urlsafe(12)
    user.password = make_password(password, salt=MARK + get_random_string(SALT_LENGTH))
    return password


def has_one_time_password(user: AbstractBaseUser) -> bool:
    """Tell whether the user's password is still the one that was made for them."""
    return any(part.startswith(MARK) for part in user.password.split("$")[1:-1])


def ask_for_own_password(get_response: Handler) -> Handler:
    """Let who signed in with a one-time password do nothing but choose their own."""

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not has_one_time_password(user):
            return get_response(request)
        if request.path in {reverse(name) for name in OPEN_PAGES}:
            return get_response(request)
        if request.method == "GET":
            messages.info(request, "Choose a password of your own first.")
        return HttpResponseRedirect(reverse("admin:password_change"))

    return handle
