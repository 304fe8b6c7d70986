"""What the actions of the audit trail are called."""

from __future__ import annotations

WORDS = {
    "assign": "assigned",
    "cancel": "cancelled",
    "chosen_by_hand": "chosen by hand",
    "claim": "claimed",
    "complete": "completed",
    "due": "became due",
    "escalate": "escalated",
    "gate": "gated",
    "give_by_hand": "given by hand",
    "keep": "kept",
    "move": "moved",
    "moved": "moved",
    "process_now": "process now",
    "repair": "repaired",
    "retry": "to be tried again",
    "run_finish": "run finished",
    "run_start": "run started",
    "substitute": "somebody else put in",
    "switch_mode": "mode switched",
    "undo": "taken back",
}


def action_words(action: str) -> str:
    """Return an action for people; the code stands in the detail and in the filter's address."""
    return WORDS.get(action, action.replace("_", " "))
