"""What somebody reads when a page cannot be shown: one sentence, and a reference for the log."""

from __future__ import annotations

import logging
import sys

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from assignment.audit import new_correlation_id
from assignment.command import database_sentence
from assignment.failures import DATABASE_ERRORS, classify

log = logging.getLogger(__name__)

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><h1>{title}</h1><p>{sentence}</p><p>Reference: {reference}</p></body></html>"
)
UNKNOWN = "What you asked for may have been done or not: look before you try it again."
AGAIN_SECONDS = 5


def sorry(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database cannot work or is busy, 500 for anything unexpected."""
    error = sys.exc_info()[1]
    reference = new_correlation_id()
    log.error("page failed %s: %s", reference, type(error).__name__)
    title, sentence, status = "Something went wrong", UNKNOWN, 500
    if isinstance(error, DATABASE_ERRORS):
        kind = classify(error)
        if kind.outage or kind.retryable:
            title, sentence, status = "Not now", database_sentence(error), 503
    page = format_html(PAGE, title=title, sentence=sentence, reference=reference)
    answer = HttpResponse(page, status=status)
    if status == 503:
        answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer
