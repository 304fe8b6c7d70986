"""The admin site of the product."""

from __future__ import annotations

from django.contrib import admin


class InterpoolSite(admin.AdminSite):
    """The stock admin site under our name."""

    site_header = "Interpool"
    site_title = "Interpool"
    index_title = "Pool"
