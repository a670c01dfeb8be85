from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.batch import SettlementBatch, _money
from core.scoping import Scope, ScopedModel, ScopedQuerySet


class StatementQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Any:
        """By the batch's county; a grid's staff sees its dealers' statements of that county,
        a dealer's user his own from approval on."""
        unit = getattr(user, "org_unit", None)
        if not getattr(user, "is_dealer", True) and unit is not None and unit.level == "grid" and user.is_active:  # type: ignore[attr-defined]
            return self.filter(batch__county_id=unit.county_id, dealer__org_unit__path__startswith=unit.path)
        rows = super().visible_to(user)
        return rows.filter(batch__state__in=states.FROZEN) if getattr(user, "is_dealer", False) else rows


class Statement(ScopedModel):
    """One dealer's result in one batch, in yuan. See docs/commissions.md, "Statement".

    Deduction, penalty and clawback are positive and are subtracted; `carried_in` and
    `carried_out` are zero or negative. Frozen with its batch.
    """

    number = models.CharField(_("statement number"), max_length=72, unique=True)
    # Looked for by the constraint's and the other index, which begin with them.
    batch = models.ForeignKey(
        SettlementBatch, models.CASCADE, related_name="statements", verbose_name=_("batch"), db_index=False
    )
    dealer = models.ForeignKey(
        "dealers.Dealer", models.PROTECT, related_name="statements", verbose_name=_("dealer"), db_index=False
    )
    lines = models.IntegerField(_("lines"), default=0)
    gross = _money(_("gross"))
    withheld = _money(_("withheld"))
    pool = _money(_("pool"))
    subsidy = _money(_("subsidy"))
    deduction = _money(_("deduction"))
    penalty = _money(_("penalty"))
    clawback = _money(_("clawback"))
    adjustments = _money(_("adjustments"))
    carried_in = _money(_("carried in"))
    net = _money(_("net"))
    paid = _money(_("paid out"))
    carried_out = _money(_("carried out"))

    objects: ClassVar[Any] = StatementQuerySet.as_manager()
    scope = Scope(unit="batch__county", dealer="dealer")

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.UniqueConstraint(fields=["batch", "dealer"], name="statement_once"),
            models.CheckConstraint(
                condition=Q(
                    net=F("gross")
                    - F("pool")
                    + F("subsidy")
                    - F("deduction")
                    - F("penalty")
                    - F("clawback")
                    + F("adjustments")
                    + F("carried_in")
                ),
                name="statement_net",
            ),
            models.CheckConstraint(condition=Q(net=F("paid") + F("carried_out")), name="statement_paid_or_carried"),
            models.CheckConstraint(condition=Q(paid__gte=0, carried_out__lte=0), name="statement_signs"),
            models.CheckConstraint(condition=Q(paid=0) | Q(carried_out=0), name="statement_not_both"),
        ]
        indexes = [
            models.Index(fields=["dealer", "batch"], name="statement_dealer"),
            models.Index(fields=["dealer"], condition=Q(carried_out__lt=0), name="statement_negative"),
        ]

    def __str__(self) -> str:
        return self.number


class Carry(ScopedModel):
    """Which statement carried an earlier one's negative rest in: each at most once."""

    source = models.OneToOneField(Statement, models.PROTECT, related_name="carried_by")
    target = models.ForeignKey(Statement, models.CASCADE, related_name="carries")

    scope = Scope(unit="target__batch__county", dealer="target__dealer")

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"


class StatementConfirmation(ScopedModel):
    """The dealer's word that a statement is right."""

    statement = models.OneToOneField(Statement, models.PROTECT, related_name="confirmation")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    scope = Scope(unit="statement__batch__county", dealer="statement__dealer")

    def __str__(self) -> str:
        return f"{self.statement_id}"
