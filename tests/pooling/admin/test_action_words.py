"""The audit list speaks to people; its codes stay within reach."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assignment.models import AuditEvent
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("action", "words"),
    [("run_finish", "run finished"), ("session_request", "session request")],
)
def test_the_list_shows_words_and_the_code_on_pointing_at_them(action: str, words: str) -> None:
    AuditEvent.objects.create(
        actor_kind="schedule",
        actor="schedule",
        action=action,
        object_type="do_not_send",
        object_ref="7",
        reason="All done.",
    )

    page = client_of("auditor").get(reverse("admin:assignment_auditevent_changelist"))

    assert f'<span title="{action}">{words}</span>' in page.content.decode()
    assert '<span class="quiet">do not send</span> 7' in page.content.decode()


def test_the_menu_calls_the_policy_what_its_page_is_called() -> None:
    page = client_of("lead").get(reverse("admin:assignment_policy_changelist")).content.decode()

    assert "<h1>Policy</h1>" in page
    assert 'aria-current="page">Policy</a>' in page
    assert "Policy versions" not in page
