"""What has changed in the pool between the preview of a policy and its confirmation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.core import signing

from assignment.command import instant_text
from pooling.impact import Impact

SALT = "interpool.impact"
MOST_KEPT = 5_000
MOST_NAMED = 20
WORDS = {
    "immediate": "becomes due at once",
    "redated": "gets another deadline",
    "escalated": "goes to a person",
}
Told = Mapping[str, tuple[str, str | None]]


def keep(effect: Impact) -> str:
    """Return what an impact does to each booking, signed, to travel with the page.

    Empty for more than 5,000 bookings: then a confirmation can still tell that something
    changed, by the digest, but not what.
    """
    told = _told(effect)
    return signing.dumps(told, salt=SALT, compress=True) if len(told) <= MOST_KEPT else ""


def changed_since(kept: str, effect: Impact) -> tuple[str, ...]:
    """Return, in sentences by ref, how an impact differs from the one that was kept."""
    try:
        before = {ref: tuple(told) for ref, told in signing.loads(kept, salt=SALT).items()}
    except signing.BadSignature:
        return ()
    sentences = tuple(_sentences(before, _told(effect)))
    more = len(sentences) - MOST_NAMED
    return (*sentences[:MOST_NAMED], f"{more} more.") if more > 0 else sentences


def _told(effect: Impact) -> dict[str, tuple[str, str | None]]:
    return {row.entry.ref: (str(row.change), instant_text(row.deadline)) for row in effect.affected}


def _sentences(before: Told, now: Told) -> Iterator[str]:
    for ref in sorted({*before, *now}):
        old, new = before.get(ref), now.get(ref)
        if old == new:
            continue
        if new is None:
            yield f"{ref} would not be touched any more."
        elif old is None:
            yield f"{ref} was not in the preview: now it {WORDS[new[0]]}."
        elif old[0] == new[0]:
            yield f"{ref} gets another deadline than was shown."
        else:
            yield f"{ref} now {WORDS[new[0]]}; before, it {WORDS[old[0]]}."
