"""What every request and every answer goes through."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
PRODUCTION = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "CSRF_COOKIE_SECURE": True,
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
}


@pytest.fixture
def staff_client(client: Client) -> Client:
    """Somebody who may enter the admin."""
    client.force_login(User.objects.create_superuser("lead", password="x"))
    return client


def test_answers_carry_every_protecting_header() -> None:
    with override_settings(**PRODUCTION):
        response = Client().get("/admin/login/", secure=True)

    assert {
        name: value
        for name, value in response.headers.items()
        if name not in {"Content-Type", "Content-Length", "Expires", "Cache-Control", "Vary"}
    } == {
        "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    cookie = response.cookies["__Host-csrftoken"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_plain_http_is_sent_to_https() -> None:
    with override_settings(**PRODUCTION):
        client = Client()

        assert client.get("/admin/").headers["Location"] == "https://testserver/admin/"
        assert client.get("/healthz").status_code == 200


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/admin/login/", headers={"host": "evil.example"}).status_code == 400
    response = client.get("/admin/login/", headers={"x-forwarded-host": "evil.example"})
    assert b"evil.example" not in response.content


@pytest.mark.parametrize("path", ["/admin/%00", "/admin/login/?next=%00", "/admin/login/?%00=1"])
def test_nul_in_an_address_is_refused(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("fields", [{"username": "a\0b"}, {"user\0name": "a"}])
def test_nul_in_a_form_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert client.post("/admin/login/", fields).status_code == 400
    assert client.post("/admin/login/", urlencode(fields), content_type=FORM).status_code == 400


def test_too_many_fields_are_refused(client: Client) -> None:
    body = "&".join(f"f{number}=1" for number in range(1_001))

    assert client.post("/admin/login/", body, content_type=FORM).status_code == 400


def test_a_session_ends_twelve_hours_after_signing_in(staff_client: Client) -> None:
    staff_client.get("/admin/password_change/")
    session = staff_client.session
    session["signed_in_at"] -= 12 * 3600 - 60
    session.save()
    assert staff_client.get("/admin/password_change/").status_code == 200

    session["signed_in_at"] -= 61
    session.save()
    assert staff_client.get("/admin/password_change/").status_code == 302
    assert not staff_client.session.keys()


def test_polling_rarely_writes_the_session(
    staff_client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    staff_client.get("/admin/password_change/")

    with django_assert_num_queries(2):  # type: ignore[operator]
        staff_client.get("/admin/password_change/")

    session = staff_client.session
    session["active_at"] -= 301
    session.save()
    response = staff_client.get("/admin/password_change/")
    assert response.cookies["sessionid"]["max-age"] == 2 * 3600


def test_the_front_door_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
