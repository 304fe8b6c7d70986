"""The rows of a list, as Django shows them: what is the same in each row is found once a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import display_for_field, display_for_value
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

Show = Callable[[Any], object]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: the cell around what ``show`` returns for a row, and whether that is a link."""

    cell: str
    show: Show
    is_link: bool


def rows_of(cl: ChangeList) -> SafeString:
    """Return the rows of a list without fields to edit, on which no window has popped up."""
    columns = tuple(_columns(cl))
    row = f"<tr>{''.join(column.cell for column in columns)}</tr>"
    items: Iterable[Any] = cl.result_list
    return format_html_join("\n", row, (tuple(_values(cl, columns, item)) for item in items))


def _values(cl: ChangeList, columns: tuple[Column, ...], item: Any) -> Iterator[object]:
    for column in columns:
        if column.is_link:
            yield _address(cl, item)
        yield column.show(item)


def _address(cl: ChangeList, item: Any) -> str:
    """Return the page of a row, from which one comes back to the list as it was filtered."""
    context: dict[str, Any] = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    return str(add_preserved_filters(context, cl.url_for_result(item)))


def _columns(cl: ChangeList) -> Iterator[Column]:
    head = True
    for name in map(str, cl.list_display):
        field, show = _shown(cl, name)
        kind = "action-checkbox" if name == "action_checkbox" else f"field-{name}"
        if isinstance(field, models.DateField | models.TimeField | models.ForeignKey):
            kind = f"{kind} nowrap"
        links = cl.list_display_links
        is_link = links is not None and (name in links or (head and not links))
        tag = "th" if is_link and head else "td"
        value = '<a href="{}">{}</a>' if is_link else "{}"
        head = head and not is_link
        yield Column(cell=f'<{tag} class="{kind}">{value}</{tag}>', show=show, is_link=is_link)


def _shown(cl: ChangeList, name: str) -> tuple[Any, Show]:
    """Return the field of a column, or None, and what it shows of a row."""
    empty = str(cl.model_admin.get_empty_value_display())
    field = _field(cl, name)
    if field is None:
        method = str if name == "__str__" else getattr(cl.model_admin, name)
        return None, _of_method(method, empty=empty)
    if isinstance(field.remote_field, models.ManyToOneRel):
        return field, lambda item: _or(getattr(item, field.name), empty)
    return field, lambda item: display_for_field(getattr(item, name), field, empty)


def _field(cl: ChangeList, name: str) -> Any:
    try:
        field: Any = cl.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        return None
    return None if field.one_to_many else field


def _of_method(method: Show, *, empty: str) -> Show:
    boolean = getattr(method, "boolean", False)
    empty = getattr(method, "empty_value_display", empty)

    def show(item: Any) -> object:
        value = method(item)
        if isinstance(value, str) and not boolean:
            return value if value.strip() else empty
        return display_for_value(value, empty, boolean)

    return show


def _or(value: object, empty: str) -> object:
    return empty if value is None else value
