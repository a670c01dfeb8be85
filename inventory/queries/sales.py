"""Sales records as lists show them."""

from typing import Any

from django.db.models import QuerySet

from inventory.models import SalesRecord


def visible(user: Any) -> QuerySet[Any]:
    """The records within the user's scope with seller and product, newest record first.

    The order is that of the primary key, so that a list of millions opens at once.
    """
    return SalesRecord.objects.visible_to(user).select_related("seller", "product").order_by("-pk")
