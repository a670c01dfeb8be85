"""What the pages about users and units show."""

from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import OrgUnit, User
from accounts.roles import ROLE_PERMISSIONS, Permission


def users(*, user: Any) -> QuerySet[Any]:
    """The users within `user`'s scope, with their unit."""
    return User.objects.visible_to(user).select_related("org_unit")


def units(*, user: Any) -> QuerySet[Any]:
    """The units within `user`'s scope, with parent and number of users (`user_count`)."""
    return OrgUnit.objects.visible_to(user).select_related("parent").annotate(user_count=Count("users"))


def people(permission: Permission, *, unit: OrgUnit) -> QuerySet[Any]:
    """The active users who hold `permission` at `unit` or above it."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    codes = unit.path.strip("/").split("/")
    return User.objects.filter(role__in=roles, is_active=True, org_unit__code__in=codes)
