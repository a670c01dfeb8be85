import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer


@pghistory.track(append_only=True)
class DealerAccount(ScopedModel):
    """A bank account of a dealer. Only a verified one is paid to, and one at a time.

    Entered by one person and verified by another; the database refuses the same two.
    `entered_by` is empty where the system entered it from a file.
    """

    machine = states.ACCOUNT

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="accounts", verbose_name=_("dealer"))
    bank = models.CharField(_("bank"), max_length=80)
    number = models.CharField(_("account number"), max_length=40)
    holder = models.CharField(_("account holder"), max_length=80)
    state = models.CharField(_("state"), max_length=10, choices=states.ACCOUNT.choices, default="entered")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(verbose_name=_("entered at"))
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("verified by")
    )
    verified_at = models.DateTimeField(null=True, verbose_name=_("verified at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("payment account")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "number"], name="account_once"),
            models.UniqueConstraint(fields=["dealer"], condition=Q(state="verified"), name="account_one_verified"),
            models.CheckConstraint(
                condition=Q(verified_by=None) | Q(entered_by=None) | ~Q(verified_by=F("entered_by")),
                name="account_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_by__isnull=False), name="account_verified_by_someone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked}"

    @property
    def masked(self) -> str:
        """The number with all but its last four digits hidden."""
        return f"•••• {self.number[-4:]}"
