"""Single values as people read them: moments and periods with their zone; the box of a row."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from pytest_django.asserts import assertHTMLEqual

from pooling.admin import cells, lists
from pooling.admin.entries import PoolEntryAdmin
from pooling.models import PoolEntry
from tests.pooling.admin.people import waiting

START = dt.datetime(2020, 3, 28, 22, 30, tzinfo=dt.UTC)
"""In Vienna 23:30 on a Saturday; the clocks go forward in the night that follows."""


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "Sat 28 Mar 2020, 22:30 UTC"),
        ("Europe/Vienna", "Sat 28 Mar 2020, 23:30 CET"),
        ("America/Bogota", "Sat 28 Mar 2020, 17:30 UTC-05"),
    ],
)
def test_a_moment_is_told_in_the_display_time_zone(zone: str, text: str) -> None:
    with timezone.override(zone):
        assert cells.moment_text(START) == text
        day, clock, zone = text.rsplit(" ", 2)
        assert cells.moment(START) == (
            f'<time datetime="2020-03-28T22:30:00+00:00"><span class="day">{day}</span> '
            f'<span class="clock">{clock} <span class="zone">{zone}</span></span></time>'
        )


def test_a_moment_of_this_year_leaves_the_year_out() -> None:
    with timezone.override("UTC"):
        now = timezone.localtime().replace(month=7, day=5, hour=8, minute=5)
        assert cells.moment_text(now) == f"{now:%a} 5 Jul, 08:05 UTC"


def test_a_period_names_the_day_of_its_end_when_that_is_another_one() -> None:
    end = START + dt.timedelta(hours=1)
    with timezone.override("UTC"):
        assert ">22:30 &ndash; 23:30 <" in cells.period(START, end)
    with timezone.override("Europe/Vienna"):
        assert (
            ">23:30 &ndash; Sun 29 Mar 2020, 00:30 "
            '<span class="zone">CET</span><' in cells.period(START, end)
        )


def test_no_moment_is_a_dash() -> None:
    assert cells.moment(None) == "\N{EN DASH}"


@pytest.mark.django_db
def test_the_box_of_a_row_is_the_one_that_django_shows() -> None:
    row = PoolEntry.objects.get(pk=waiting(title='A "quoted" <b>title</b>').pk)
    page = PoolEntryAdmin(PoolEntry, admin.site)
    stock = super(lists.SafeList, page).action_checkbox(row)

    assertHTMLEqual(page.action_checkbox(row), stock)


def test_a_text_is_escaped_though_an_equal_one_was_shown_as_safe() -> None:
    shown = [cells.badge(text, kind="stop") for text in (SafeString("<b>"), "<b>")]
    assert shown == [
        '<span class="badge badge-bad"><b></span>',
        '<span class="badge badge-bad">&lt;b&gt;</span>',
    ]
