from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.statement import Statement
from core.scoping import Scope, ScopedModel, ScopedQuerySet


class DisputeQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Any:
        """The disputes of the statements that the user may see."""
        return self.filter(statement__in=Statement.objects.visible_to(user))


@pghistory.track(append_only=True)
class Dispute(ScopedModel):
    """A dealer says that a line of his approved statement (or all of it: no `line`) is wrong.

    The county answers, the dealer accepts or goes on to the city, the city decides; what is
    granted becomes an adjustment. `due_on` is the last day for whoever is next.
    """

    machine = states.DISPUTE

    number = models.CharField(_("dispute number"), max_length=20, unique=True)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="disputes", verbose_name=_("statement"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="disputes", verbose_name=_("dealer"))
    line = models.BigIntegerField(_("line"), null=True)
    text = models.CharField(_("what is wrong"), max_length=1000)
    answer = models.CharField(_("answer"), max_length=1000, blank=True, default="")
    decision = models.CharField(_("decision"), max_length=1000, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=states.DISPUTE.choices, default="open")
    due_on = models.DateField(_("due on"), null=True)
    reminded_on = models.DateField(null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects: ClassVar[Any] = DisputeQuerySet.as_manager()
    scope = Scope(unit="statement__batch__county", dealer="dealer")

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["statement", "line"], name="dispute_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "escalated"], due_on__isnull=False, closed_at=None)
                | Q(state__in=["accepted", "granted", "refused"], due_on=None, closed_at__isnull=False),
                name="dispute_waits_or_is_over",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="dispute_says_something"),
        ]
        indexes = [models.Index(fields=["dealer", "state"], name="dispute_dealer")]

    def __str__(self) -> str:
        return self.number
