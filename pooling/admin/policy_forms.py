"""The form of a policy: its fields are made from the tables of limits, types and modes.

One form serves the page, the live validation and the save, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from assignment.engine.rules import MAY_BE_SOFT
from assignment.enums import FairShare, MeetingType, Mode
from assignment.policy_limits import (
    GENERAL_DAYS,
    OTHERS,
    PRIORITY,
    UNSOCIAL,
    URGENT_DAYS,
    WEIGHTS,
    Finding,
    Limits,
)
from assignment.policy_values import Days, PolicyValues, UnsocialHours, Weighting

LEAST_REASON = 5
LABELS = {
    "w_fair": "Fairness weight",
    "w_urgency": "Urgency weight",
    "w_lrs": "Least recently served weight",
    "fairness_window_days": "Fairness window (days)",
    "max_gap_hours": "Largest gap (hours)",
    "dr_penalty": "DR penalty",
    "dr_rule": "DR rule",
    "way_of_deciding": "What is due is decided",
    "w_preference": "Weight of a preferred interpreter",
    "w_continuity": "Weight of continuity with a group",
    "soft_penalty": "Penalty of a soft rule",
    "fair_share": "Fair share",
    "night_factor": "An hour at night counts",
    "weekend_factor": "An hour at the weekend counts",
    "holiday_factor": "An hour on a holiday counts",
    "night_from": "The night begins (hour)",
    "night_until": "The night ends (hour)",
    "holidays": "Holidays",
}


class PolicyForm(forms.Form):
    """All values of a policy, flat; ``values`` returns them as the policy they mean."""

    mode = forms.ChoiceField(choices=Mode.choices, widget=forms.HiddenInput)
    base_version = forms.IntegerField(min_value=0, max_value=2**31, widget=forms.HiddenInput)
    allow_partial = forms.BooleanField(
        required=False,
        label="Bind part of a booking for several people when not all can be found",
    )
    soft_rules = forms.MultipleChoiceField(
        required=False,
        choices=[(name, name.replace("_", " ")) for name in sorted(MAY_BE_SOFT)],
        widget=forms.CheckboxSelectMultiple,
        label="Rules that only cost points",
    )

    fair_share = forms.ChoiceField(
        choices=[
            (FairShare.OUTCOME, "Equal outcome: all hours, split over all active people by weight"),
            (
                FairShare.OPPORTUNITY,
                "Equal share of opportunity: the hours of each booking, split over those who could "
                "have had it",
            ),
        ],
        widget=forms.RadioSelect,
        label=LABELS["fair_share"],
    )
    holidays = forms.CharField(
        required=False,
        max_length=4_000,
        label=LABELS["holidays"],
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="Dates such as 2026-12-25, with spaces between them.",
    )

    def __init__(self, *args: Any, read_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for limits in (*WEIGHTS, *OTHERS, *UNSOCIAL):
            self.fields[limits.name] = _field(limits, label=LABELS[limits.name])
        for meeting_type in MeetingType.values:
            name = priority_name(meeting_type)
            self.fields[name] = _field(PRIORITY, label=f"Priority of {meeting_type}")
            for mode in Mode.values:
                urgent, general = days_names(mode, meeting_type)
                where = f"threshold of {meeting_type} in {mode}, days"
                self.fields[urgent] = _field(URGENT_DAYS, label=f"Urgent {where}")
                self.fields[general] = _field(GENERAL_DAYS, label=f"General {where}")
        for field in self.fields.values():
            field.disabled = read_only

    @property
    def values(self) -> PolicyValues:
        """The policy that the valid fields mean (``id`` and ``version`` 0)."""
        given = self.cleaned_data
        return PolicyValues(
            id=0,
            version=0,
            mode=given["mode"],
            custom=Weighting(**{limits.name: given[limits.name] for limits in WEIGHTS}),
            thresholds={
                (mode, meeting_type): _days(given, mode, meeting_type)
                for meeting_type in MeetingType.values
                for mode in Mode.values
            },
            priorities={
                meeting_type: given[priority_name(meeting_type)]
                for meeting_type in MeetingType.values
            },
            w_preference=given["w_preference"],
            w_continuity=given["w_continuity"],
            allow_partial=given["allow_partial"],
            soft_rules=frozenset(given["soft_rules"]),
            soft_penalty=given["soft_penalty"],
            fair_share=given["fair_share"],
            unsocial=UnsocialHours(
                **{limits.name: given[limits.name] for limits in UNSOCIAL},
                holidays=tuple(sorted(set(given["holidays"].replace(",", " ").split()))),
            ),
        )

    def add_findings(self, findings: tuple[Finding, ...]) -> None:
        """Put each finding at its field; what concerns several fields stands above the form."""
        for finding in findings:
            name = field_name(finding.field, code=finding.code)
            self.add_error(name if name in self.fields else None, finding.message)


class ConfirmForm(forms.Form):
    """Why, on what preview, and which warnings are acknowledged."""

    reason = forms.CharField(
        min_length=LEAST_REASON,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="Stays in the history and the audit trail.",
        error_messages={
            "required": "Write why you make this change.",
            "min_length": f"Write a reason of at least {LEAST_REASON} characters.",
        },
    )
    expected = forms.CharField(
        max_length=64,
        widget=forms.HiddenInput,
        error_messages={"required": "Look at what it would do to the pool, then confirm."},
    )


def initial_of(values: PolicyValues, *, base_version: int) -> dict[str, Any]:
    """Return the fields of the form for a policy; a missing row shows what stands in for it."""
    fields: dict[str, Any] = {
        "mode": values.mode,
        "base_version": base_version,
        "allow_partial": values.allow_partial,
        "soft_rules": sorted(values.soft_rules),
        "fair_share": values.fair_share,
        "holidays": " ".join(values.unsocial.holidays),
    }
    fields |= {limits.name: shortest(getattr(values.custom, limits.name)) for limits in WEIGHTS}
    fields |= {limits.name: shortest(getattr(values, limits.name)) for limits in OTHERS}
    fields |= {limits.name: shortest(getattr(values.unsocial, limits.name)) for limits in UNSOCIAL}
    for meeting_type in MeetingType.values:
        fields[priority_name(meeting_type)] = values.priority(meeting_type)
        for mode in Mode.values:
            days = values.thresholds.get((mode, meeting_type))
            days = days or values.thresholds[mode, MeetingType.OTHER]
            urgent, general = days_names(mode, meeting_type)
            fields |= {urgent: days.urgent, general: days.general}
    return fields


def hidden_pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values of the hidden inputs that carry a policy to its confirmation."""
    for name, value in fields.items():
        if isinstance(value, list | tuple | frozenset):
            yield from ((name, str(item)) for item in value)
        elif value is True:
            yield name, "on"
        elif value is not False:
            yield name, str(value)


def shortest(figure: float) -> float:
    """Return a whole figure as one, so that 5.0 is shown as 5."""
    return int(figure) if figure == int(figure) else figure


def priority_name(meeting_type: str) -> str:
    """Return the name of the field with a type's priority."""
    return f"priority_{meeting_type}"


def days_names(mode: str, meeting_type: str) -> tuple[str, str]:
    """Return the names of the fields with the urgent and the general threshold."""
    return f"urgent_{mode}_{meeting_type}", f"general_{mode}_{meeting_type}"


def field_name(path: str, *, code: str = "") -> str:
    """Return the form's name of a path in the JSON form of a policy.

    The code of a finding tells which of the two days of a threshold it is about.
    """
    table, _, rest = path.partition(".")
    if table in ("weights", "unsocial"):
        return rest
    if table == "priorities":
        return priority_name(rest)
    if table == "thresholds":
        mode, _, meeting_type = rest.partition(".")
        urgent, general = days_names(mode, meeting_type)
        return general if code.startswith(GENERAL_DAYS.name) else urgent
    return path


def _days(given: Mapping[str, Any], mode: str, meeting_type: str) -> Days:
    urgent, general = days_names(mode, meeting_type)
    return Days(urgent=given[urgent], general=given[general])


def _field(limits: Limits, *, label: str) -> forms.Field:
    step = "1" if limits.whole else "any"
    kind = "a whole number" if limits.whole else "a number"
    sentence = f"Write {kind} from {limits.low} to {limits.high}."
    widget = forms.NumberInput(
        attrs={"min": str(limits.low), "max": str(limits.high), "step": step, "class": "figure"}
    )
    messages = {"required": sentence, "invalid": sentence}
    if limits.whole:
        return forms.IntegerField(label=label, widget=widget, error_messages=messages)
    return forms.FloatField(label=label, widget=widget, error_messages=messages)
