from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table

USERS = Table(
    Column("username", _("User name"), sort=True, card="fact"),
    Column("name", _("Name"), sort=True, card="title"),
    Column("role", _("Role"), value=lambda user: user.get_role_display(), sort="role", card="fact"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("phone", _("Phone"), kind="masked"),
    Column("is_active", _("Active"), kind="bool", sort=True, card="state"),
    Column("last_login", _("Last sign-in"), kind="datetime", sort=True),
    sort="username",
)

UNITS = Table(
    Column("code", _("Code"), sort=True, card="fact"),
    Column("name", _("Name"), sort="pinyin", card="title"),
    Column("level", _("Level"), value=lambda unit: unit.get_level_display(), sort="depth", card="state"),
    Column("parent.name", _("Belongs to"), card="fact"),
    Column("user_count", _("Users"), kind="number", sort=True, card="fact"),
    Column("path", _("Path"), sort=True, hidden=True),
    sort="path",
)
