"""The admin with the pages of the import beside it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from pooling.admin.import_views import import_urls

PAGES = [*import_urls(admin.site), *admin.site.get_urls()]

urlpatterns = [path("admin/", (PAGES, "admin", admin.site.name))]
