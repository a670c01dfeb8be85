"""What the pages about users and units show."""

from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import OrgUnit, User


def users(*, user: Any) -> QuerySet[Any]:
    """The users within `user`'s scope, with their unit."""
    return User.objects.visible_to(user).select_related("org_unit")


def units(*, user: Any) -> QuerySet[Any]:
    """The units within `user`'s scope, with parent and number of users (`user_count`)."""
    return OrgUnit.objects.visible_to(user).select_related("parent").annotate(user_count=Count("users"))
