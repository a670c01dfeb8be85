"""A dealer's word on his statement."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import Dispute, Statement, StatementConfirmation
from commissions.rules import disputes as rules
from core.errors import Forbidden, Refused


class StatementRefused(Refused):
    """The statement cannot be confirmed."""

    code = "statement_refused"


@transaction.atomic
def confirm(*, statement: Statement, by: Any, at: datetime) -> StatementConfirmation:
    """The dealer says that an approved statement is right; once, a second time changes nothing."""
    if not by.can(Permission.CONFIRM_STATEMENTS) or by.dealer_id != statement.dealer_id:
        raise Forbidden(_("Only the dealer himself confirms his statement."))
    if not statement.batch.frozen:
        raise StatementRefused(_("Statement %(number)s is not approved yet.") % {"number": statement.number})
    Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if Dispute.objects.filter(statement=statement, state__in=rules.WAITING).exists():
        raise StatementRefused(
            _("Statement %(number)s has an open dispute; confirm it when that is settled.")
            % {"number": statement.number},
            code="disputed",
        )
    confirmation, _created = StatementConfirmation.objects.get_or_create(
        statement=statement, defaults={"by": by, "at": at}
    )
    return confirmation
