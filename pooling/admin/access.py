"""Users and groups, as Django has them, with the safe list of the product."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.safestring import SafeString

from pooling.admin.cells import moment
from pooling.admin.lists import SafeList

admin.site.unregister((User, Group))


@admin.register(User)
class SafeUserAdmin(SafeList, UserAdmin):
    """Who may sign in."""

    list_display = ("username", "first_name", "last_name", "is_staff", "is_active", "signed_in")
    empty_text = "No user matches."

    @admin.display(description="last login", ordering="last_login")
    def signed_in(self, user: User) -> SafeString | str:
        """When the person signed in last."""
        return moment(user.last_login)


@admin.register(Group)
class SafeGroupAdmin(SafeList, GroupAdmin):
    """Sets of permissions; the five of the product are made after every migrate."""

    empty_text = "No group matches."
