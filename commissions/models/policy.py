import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel
from dealers.models.tiers import BusinessType
from dealers.states import Tier


@pghistory.track(append_only=True)
class CommissionPolicy(ScopedModel):
    """A set of rules with one owner; its rules apply to dealers in the owner's subtree.

    A draft is proposed by one city manager and approved by another, which publishes it.
    """

    machine = states.POLICY

    code = models.CharField(_("policy code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("owner"))
    state = models.CharField(_("state"), max_length=10, choices=states.POLICY.choices, default="draft")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("proposed at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    published_at = models.DateTimeField(null=True, blank=True, verbose_name=_("published at"))

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("commission policy")
        verbose_name_plural = _("commission policies")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="policy_published_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track(append_only=True)
class CommissionRule(ScopedModel):
    """Prices one kind of commission for one kind of event. Fields: docs/commissions.md, "Rules".

    `value` is yuan (basis fixed) or a rate; `brackets` a list of {"from", "value"};
    `instalments` a list of {"offset", "share", "conditions"}; numbers in JSON are text.
    `owner` and `published` repeat the policy's, for the constraint against overlaps.
    """

    policy = models.ForeignKey(CommissionPolicy, models.CASCADE, related_name="rules", verbose_name=_("policy"))
    owner = models.ForeignKey(
        "accounts.OrgUnit", models.PROTECT, related_name="+", editable=False, verbose_name=_("owner")
    )
    published = models.BooleanField(default=False, editable=False, verbose_name=_("published"))
    code = models.CharField(_("rule code"), max_length=40, unique=True)
    kind = models.CharField(_("commission kind"), max_length=10, choices=states.Kind.choices)
    business_type = models.CharField(_("business type"), max_length=14, choices=BusinessType.choices)
    product = models.ForeignKey(
        "inventory.Product", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    product_family = models.CharField(_("product family"), max_length=40, blank=True, default="")
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices, blank=True, default="")
    org_unit = models.ForeignKey(
        "accounts.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("org unit")
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)
    basis = models.CharField(_("basis"), max_length=18, choices=states.Basis.choices)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=4, null=True, blank=True)
    bracket_mode = models.CharField(
        _("bracket mode"), max_length=10, choices=states.BracketMode.choices, blank=True, default=""
    )
    brackets = models.JSONField(_("brackets"), null=True, blank=True)
    instalments = models.JSONField(_("instalments"))
    pool_share = models.DecimalField(_("pool share"), max_digits=5, decimal_places=4, default=0)
    waiver_approver = models.CharField(_("approver of the waiver"), max_length=60, blank=True, default="")
    waiver_reason = models.CharField(_("reason of the waiver"), max_length=200, blank=True, default="")

    scope = Scope(unit="policy__org_unit")

    class Meta:
        verbose_name = _("commission rule")
        verbose_name_plural = _("commission rules")
        ordering = ["policy", "code"]
        constraints = [
            ExclusionConstraint(
                name="rule_no_overlap",
                condition=Q(published=True),
                expressions=[
                    (OpClass(F("owner"), name="gist_int8_ops"), RangeOperators.EQUAL),
                    (OpClass(F("kind"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (OpClass(F("business_type"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (Coalesce(F("product"), Value(0)), RangeOperators.EQUAL),
                    (OpClass(F("product_family"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (OpClass(F("tier"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (Coalesce(F("org_unit"), Value(0)), RangeOperators.EQUAL),
                    (
                        Func(F("effective_from"), F("effective_to"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, brackets=None) | Q(value=None, brackets__isnull=False),
                name="rule_value_or_brackets",
            ),
            models.CheckConstraint(condition=Q(product=None) | Q(product_family=""), name="rule_product_or_family"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="rule_dates"
            ),
            models.CheckConstraint(
                condition=Q(pool_share=0) | Q(kind="incentive", pool_share__gt=0, pool_share__lte=1),
                name="rule_pool_share",
            ),
        ]

    def __str__(self) -> str:
        return self.code
