"""An encoding that a request declares breaks nothing."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.wsgi import WSGIRequest

from config.declared import read_as_utf8

FORM = b'--b\r\nContent-Disposition: form-data; name="field"\r\n\r\n\xc3\xa9\r\n--b--\r\n'


def made(content_type: str, *, query: str = "q=%C3%A9") -> WSGIRequest:
    """The request as Django makes it."""
    requests: list[WSGIRequest] = []

    def application(environ: dict[str, Any], _: object) -> Iterable[bytes]:
        requests.append(WSGIRequest(environ))
        return ()

    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(FORM)),
        "wsgi.input": io.BytesIO(FORM),
    }
    setup_testing_defaults(environ)
    read_as_utf8(application)(environ, lambda *_: None)
    return requests[0]


@pytest.mark.parametrize("name", ["charset", "Charset ", "charset*", "x=1; charset"])
@pytest.mark.parametrize("value", ["rot13", "undefined", "idna", '"zlib"', "utf-8''rot13", "utf-8"])
def test_text_is_utf_8_whatever_is_declared(name: str, value: str) -> None:
    request = made(f"multipart/form-data; boundary=b; {name}={value}")

    assert request.GET["q"] == "é"
    assert request.POST["field"] == "é"


def test_too_many_parameters_are_refused_where_it_can_be_answered() -> None:
    request = made("text/plain; charset=utf-8", query="&".join(["x="] * 1_001))

    with pytest.raises(TooManyFieldsSent):
        request.GET  # noqa: B018 - reading it is the test


def test_the_server_reads_so() -> None:
    server = Path(settings.BASE_DIR, "config", "wsgi.py").read_text("utf-8")

    assert "application = read_as_utf8(get_wsgi_application())" in server
