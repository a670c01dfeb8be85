import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer
from dealers.models.history import DEALER_SCOPE


class ExclusivityBreach(ScopedModel):
    """A confirmed breach of exclusivity as a rating reads it; posted from above, like the dealers' months."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="+", verbose_name=_("dealer"))
    occurred_on = models.DateField(_("occurred on"))
    confirmed_on = models.DateField(_("confirmed on"))

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("breach of exclusivity")
        verbose_name_plural = _("breaches of exclusivity")

    def __str__(self) -> str:
        return self.reference


@pghistory.track(append_only=True)
class RatingRound(ScopedModel):
    """What was proposed for a city's dealers after a quarter or a year: docs/dealers.md, "Rating".

    Dealers were judged on `last_day`; what is approved holds from `effective_on`.
    """

    machine = states.RATING

    number = models.CharField(_("round"), max_length=40, unique=True)
    city = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("city"))
    period = models.CharField(_("period"), max_length=6)
    last_day = models.DateField(_("judged on"))
    effective_on = models.DateField(_("effective from"))
    state = models.CharField(_("state"), max_length=8, choices=states.RATING.choices, default="open")
    dealers = models.PositiveIntegerField(_("dealers judged"), default=0)
    unknown = models.PositiveIntegerField(_("dealers whose sales are not known"), default=0)
    rated_at = models.DateTimeField(_("rated at"))

    scope = Scope(unit="city")

    class Meta:
        verbose_name = _("rating round")
        verbose_name_plural = _("rating rounds")
        constraints = [
            models.UniqueConstraint(fields=["city", "period"], name="rating_round_once"),
            models.CheckConstraint(condition=Q(effective_on__gt=F("last_day")), name="rating_round_days"),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track(append_only=True)
class RatingProposal(ScopedModel):
    """A change of a dealer's tier that a round proposes; `proposed` empty: the cooperation is to end.

    `evidence`: {"criteria": [{tier, attribute, operator, value, found, met, waiver}], "sales": [{quarter, effective,
    committed}], "breaches": [{reference, occurred_on}]}.
    """

    machine = states.PROPOSAL

    round = models.ForeignKey(RatingRound, models.CASCADE, related_name="proposals", verbose_name=_("round"))
    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="proposals", verbose_name=_("dealer"))
    current = models.CharField(_("present tier"), max_length=10, choices=states.Tier.choices)
    proposed = models.CharField(_("proposed tier"), max_length=10, choices=states.Tier.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=16, choices=states.RatingReason.choices)
    evidence = models.JSONField(_("evidence"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=states.PROPOSAL.choices, default="proposed")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)

    # A dealer is told what is decided, not what is thought of.
    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("rating proposal")
        verbose_name_plural = _("rating proposals")
        constraints = [
            models.UniqueConstraint(fields=["round", "dealer"], name="rating_proposal_once"),
            models.CheckConstraint(condition=~Q(current=F("proposed")), name="rating_proposal_changes"),
            models.CheckConstraint(
                condition=~Q(proposed="") | Q(reason="criteria_not_met"), name="rating_proposal_exit"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="rating_proposal_decided",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(remark=""), name="rating_proposal_remark"),
        ]
        indexes = [models.Index(fields=["dealer", "-id"], name="rating_proposal_dealer")]

    def __str__(self) -> str:
        return f"{self.dealer} {self.round.period}"
