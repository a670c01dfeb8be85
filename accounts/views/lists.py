"""Users and units, to read; they are edited in the admin site."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts import queries, tables
from accounts.filters import UnitFilter, UserFilter
from accounts.roles import Permission
from core.views import Action, PortalListView


class Users(PortalListView):
    permission = Permission.VIEW_USERS
    title = _("Users")
    area = "system"
    table = tables.USERS
    filterset_class = UserFilter
    empty_text = _("No users in this unit yet. An administrator adds them in the admin site.")
    primary_action = Action(
        _("New user"), reverse_lazy("admin:accounts_user_add"), permission=Permission.ADMIN_SITE, icon="plus"
    )

    def get_rows(self, user: Any) -> Any:
        return queries.users(user=user)


class Units(PortalListView):
    permission = Permission.VIEW_USERS
    title = _("Org units")
    area = "system"
    table = tables.UNITS
    filterset_class = UnitFilter
    empty_text = _("No units yet. Import them from a file under imports.")

    def get_rows(self, user: Any) -> Any:
        return queries.units(user=user)
