from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedModel
from dealers.models.dealer import Dealer
from dealers.models.history import DEALER_SCOPE


class DealerMonth(ScopedModel):
    """What a dealer did in a month, in numbers of sales records; `month` is its first day.

    `effective` and, of these, `effective_terminals` are those whose subscriber is still there and active at the end of
    the quarter: None while that is not known.
    Posted from above, so that whoever rates dealers reads it here: see docs/inventory.md, "A dealer's month".
    """

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="months", verbose_name=_("dealer"))
    month = models.DateField(_("month"))
    sales = models.PositiveIntegerField(_("sales records"))
    activations = models.PositiveIntegerField(_("activations"))
    terminals = models.PositiveIntegerField(_("terminals"))
    cross_region = models.PositiveIntegerField(_("activations in other counties"))
    effective = models.PositiveIntegerField(_("effective sales"), null=True)
    effective_terminals = models.PositiveIntegerField(_("effective terminal sales"), null=True)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("month of a dealer")
        verbose_name_plural = _("months of dealers")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "month"], name="dealer_month_once"),
            models.CheckConstraint(
                condition=Q(sales__gte=F("activations") + F("terminals"), activations__gte=F("cross_region")),
                name="dealer_month_parts",
            ),
            models.CheckConstraint(
                condition=Q(effective=None, effective_terminals=None)
                | Q(effective__lte=F("activations") + F("terminals"), effective_terminals__lte=F("terminals")),
                name="dealer_month_effective",
            ),
        ]
        indexes = [models.Index(fields=["month", "dealer"], name="dealer_month_month")]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.month:%Y-%m}"
