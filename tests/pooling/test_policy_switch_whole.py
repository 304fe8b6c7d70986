"""A switch is all or nothing, and does exactly what was predicted."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignment.models import AuditEvent, Booking, Operation
from assignment.policies import current_policy
from pooling.impact import impact
from tests.pooling.entries import NOW, pooled
from tests.pooling.switching import make_a_mixed_pool, pool_rows, switch, to

pytestmark = pytest.mark.django_db


def test_a_refusal_of_the_database_in_the_middle_leaves_everything_old() -> None:
    make_a_mixed_pool()
    before = pool_rows()
    refuse_changes_of("B-2")

    with pytest.raises(DatabaseError):
        switch(to("URGENT"))

    assert pool_rows() == before
    assert current_policy().mode == "NORMAL"
    assert (Operation.objects.count(), AuditEvent.objects.count()) == (0, 0)


def refuse_changes_of(ref: str) -> None:
    """Let the database itself refuse any change of one booking."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE integrity_constraint_violation; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE UPDATE ON assignment_booking FOR EACH ROW"
                f" WHEN (OLD.ref = '{ref}') EXECUTE FUNCTION refuse()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE UPDATE ON assignment_booking FOR EACH ROW"
                f" WHEN OLD.ref = '{ref}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["DR", "VIP", "Weekly", "General", "Urgent", "Other"]),
        st.floats(min_value=-2, max_value=40),
        st.floats(min_value=0, max_value=20),
        st.sampled_from(["waiting", "waiting", "ready", "processing", "failed"]),
    ),
    max_size=8,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=ENTRIES,
    path=st.lists(st.sampled_from(["BALANCE", "NORMAL", "URGENT", "CUSTOM"]), max_size=3),
    last=st.sampled_from(["BALANCE", "NORMAL", "URGENT", "CUSTOM"]),
)
def test_the_predicted_set_is_the_affected_set(
    entries: list[tuple[str, float, float, str]], path: list[str], last: str
) -> None:
    Booking.objects.all().delete()
    for number, (meeting_type, start, lead, status) in enumerate(entries):
        pooled(
            f"B-{number}",
            start=start,
            deadline=start - lead,
            meeting_type=meeting_type,
            status=status,
        )
    for mode in path:
        switch(to(mode))
    predicted, before = impact(to(last), now=NOW), pool_rows()

    report = switch(to(last))

    after = pool_rows()
    changed = {ref for ref in before if before[ref] != after[ref]}
    if not report.changed:
        assert changed == set()
        return
    assert report.impact == predicted
    assert changed == {row.entry.ref for row in predicted.affected}
    assert {row.entry.ref: after[row.entry.ref][1] for row in predicted.of("redated")} == {
        row.entry.ref: row.deadline for row in predicted.of("redated")
    }
    assert {ref for ref in changed if after[ref][0] == "ready"} == {
        row.entry.ref for row in predicted.of("immediate")
    }
    assert impact(to(last), now=NOW).affected == ()
