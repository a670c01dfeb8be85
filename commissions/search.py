"""What the search at the top finds of commissions. Registered by the app's `ready()`."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import SettlementBatch, Statement
from commissions.queries import batches, statements
from commissions.tables import statement_url
from core import search
from core.search import Hit


def find_batches(user: Any, text: str, limit: int) -> list[Hit]:
    """Batches by the beginning of their number (`2026-09`), or by their county's name or pinyin."""
    rows = batches.visible(user).exclude(state="void").defer("checks", "inputs")
    found = rows.filter(
        Q(number__startswith=text) | Q(county__name__icontains=text) | Q(county__pinyin__icontains=text.lower())
    )
    return [
        Hit(
            title=str(batch),
            subtitle=batch.number,
            url=reverse("commissions:batch", args=[batch.number]),
            state=SettlementBatch.machine.state(batch.state),
        )
        for batch in found.order_by("-month", "county__path")[:limit]
    ]


def find_statements(user: Any, text: str, limit: int) -> list[Hit]:
    """Statements by their whole number."""
    return [_statement_hit(one) for one in statements.live(user).filter(number__iexact=text)[:limit]]


def _statement_hit(one: Statement) -> Hit:
    return Hit(
        title=one.number,
        subtitle=one.dealer.name,
        url=statement_url(one),
        state=SettlementBatch.machine.state(one.batch.state),
    )


def register() -> None:
    search.register("batches", _("Settlement batches"), find_batches, permission=Permission.VIEW_BATCHES)
    search.register("statements", _("Statements"), find_statements, permission=Permission.VIEW_STATEMENTS)
