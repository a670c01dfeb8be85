"""Policies and rules while they are drafts; a look at everything that money hangs on."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from commissions.admin_rules import RuleForm
from commissions.models import (
    Budget,
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    CompetitorLevel,
    OverBudgetApproval,
    Payment,
    PointsEntry,
    PointsItem,
    PointsRule,
    PoolEntry,
    Redemption,
    SettlementBatch,
    Statement,
    Subsidy,
)
from commissions.queries import rule_preview
from core import clock
from core.admin import ManyRowsAdmin, ReadOnlyAdmin, ScopedAdmin
from core.formats import mask


class RuleInline(TabularInline):
    """The policy's rules at a glance; each has a page of its own."""

    model = CommissionRule
    fields = ("code", "kind", "business_type", "product_family", "tier", "effective_from", "effective_to", "value")
    readonly_fields = fields
    extra = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Draft(ScopedAdmin):
    """Whatever is published is only shown."""

    def policy_of(self, obj: Any) -> CommissionPolicy:
        return obj

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or self.policy_of(obj).state == "draft"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.policy_of(obj).state == "draft"


@admin.register(CommissionPolicy)
class PolicyAdmin(_Draft):
    """Drafts. They are proposed and published on the portal, by two people."""

    list_display = ("code", "name", "org_unit", "state", "proposed_by", "approved_by", "published_at")
    list_select_related = ("org_unit", "proposed_by", "approved_by")
    list_filter = ("state",)
    search_fields = ("code", "name")
    autocomplete_fields = ("org_unit",)
    fields = ("code", "name", "org_unit", "state", "created_by", "proposed_by", "approved_by", "published_at")
    inlines = (RuleInline,)
    ordering = ("-created_at",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        told = ("state", "created_by", "proposed_by", "approved_by", "published_at")
        return ("code", "org_unit", *told) if obj else told

    def save_model(self, request: HttpRequest, obj: CommissionPolicy, form: Any, change: bool) -> None:
        """What is changed has to be proposed anew."""
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        obj.proposed_by = obj.proposed_at = None
        super().save_model(request, obj, form, change)


@admin.register(CommissionRule)
class RuleAdmin(_Draft):
    """One rule, checked like a line of a policy file, with what it would pay."""

    form = RuleForm
    list_display = ("code", "policy", "kind", "business_type", "tier", "effective_from", "effective_to", "published")
    list_select_related = ("policy",)
    list_filter = ("published", "kind", "business_type", "tier")
    search_fields = ("code", "policy__code")
    autocomplete_fields = ("policy", "product", "org_unit")
    ordering = ("policy", "code")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "policy_shown",
                    "policy",
                    "code",
                    ("kind", "business_type"),
                    ("effective_from", "effective_to"),
                )
            },
        ),
        (_("For what"), {"fields": (("product", "product_family"), ("tier", "org_unit"))}),
        (_("How much"), {"fields": (("basis", "value"), "bracket_mode", "brackets")}),
        (_("When, and on what conditions"), {"fields": ("instalments", "pool_share")}),
        (_("First share above the cap"), {"fields": (("waiver_approver", "waiver_reason"),)}),
        (_("What it pays"), {"fields": ("preview",)}),
    )

    def policy_of(self, obj: CommissionRule) -> CommissionPolicy:
        return obj.policy

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("preview", "policy_shown")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The policy is chosen once."""
        hidden = "policy" if obj else "policy_shown"
        first, *others = super().get_fieldsets(request, obj)
        kept = tuple(name for name in first[1]["fields"] if name != hidden)
        return [(first[0], {**first[1], "fields": kept}), *others]

    @admin.display(description=_("commission policy"))
    def policy_shown(self, rule: CommissionRule) -> str:
        return str(rule.policy)

    @admin.display(description=_("examples"))
    def preview(self, rule: CommissionRule) -> SafeString | str:
        if rule._state.adding:
            return str(_("Save the rule to see what it pays."))
        return render_to_string("admin/commissions/rule_preview.html", {"examples": rule_preview.examples(rule)})

    def save_model(self, request: HttpRequest, obj: CommissionRule, form: Any, change: bool) -> None:
        obj.owner = obj.policy.org_unit
        super().save_model(request, obj, form, change)
        self._to_be_proposed_anew(obj.policy)

    def delete_model(self, request: HttpRequest, obj: CommissionRule) -> None:
        super().delete_model(request, obj)
        self._to_be_proposed_anew(obj.policy)

    def _to_be_proposed_anew(self, policy: CommissionPolicy) -> None:
        """A second person approves what he has seen, so a change takes the proposal back."""
        if policy.proposed_by_id is not None:
            policy.proposed_by = policy.proposed_at = None
            policy.save(update_fields=["proposed_by", "proposed_at"])


@admin.register(SettlementBatch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("number", "county", "period", "state", "dealers", "gross", "net", "paid")
    list_select_related = ("county",)
    list_filter = ("state", "kind")
    search_fields = ("number", "period")
    ordering = ("-month", "number")
    exclude = ("inputs",)


@admin.register(Statement)
class StatementAdmin(ManyRowsAdmin):
    list_display = ("number", "dealer", "batch", "gross", "net", "paid", "carried_out")
    list_select_related = ("dealer", "batch", "batch__county")
    search_fields = ("number", "dealer__code__exact")
    ordering = ("-id",)


@admin.register(CommissionLine)
class LineAdmin(ManyRowsAdmin):
    """By batch only: a list over all batches would read them all."""

    list_display = ("id", "dealer", "line_type", "kind", "instalment", "amount", "withheld", "payable", "reason")
    list_select_related = ("dealer",)
    list_filter = ("line_type", "kind")
    search_fields = ("batch__number",)
    search_help_text = _("The whole number of a batch; without one nothing is listed.")
    ordering = ("id",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        batch = SettlementBatch.objects.visible_to(request.user).filter(number=search_term.strip()).first()
        return (queryset.filter(batch_id=batch.pk) if batch else queryset.none()), False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("statement", "attempt", "amount", "bank", "masked_account", "state", "issued_by", "issued_at")
    list_select_related = ("statement", "issued_by")
    list_filter = ("state",)
    search_fields = ("statement__number",)
    exclude = ("account", "holder")
    readonly_fields = ("masked_account", "masked_holder")
    ordering = ("-id",)

    @admin.display(description=_("account number"))
    def masked_account(self, payment: Payment) -> str:
        return mask(payment.account)

    @admin.display(description=_("account holder"))
    def masked_holder(self, payment: Payment) -> str:
        return mask(payment.holder)


@admin.register(PoolEntry)
class PoolEntryAdmin(ManyRowsAdmin):
    list_display = ("dealer", "month", "entry", "amount", "balance", "source", "posted_at")
    list_select_related = ("dealer",)
    list_filter = ("entry",)
    search_fields = ("dealer__code__exact", "source")
    ordering = ("-id",)


@admin.register(Subsidy)
class SubsidyAdmin(ReadOnlyAdmin):
    list_display = ("dealer", "valid_from", "valid_to", "monthly_amount", "min_score")
    list_select_related = ("dealer",)
    search_fields = ("dealer__code", "dealer__name")
    ordering = ("-valid_from",)


@admin.register(Budget)
class BudgetAdmin(ReadOnlyAdmin):
    list_display = ("org_unit", "period", "kind", "amount")
    list_select_related = ("org_unit",)
    list_filter = ("kind",)
    search_fields = ("period", "org_unit__name")
    ordering = ("-period",)


@admin.register(CompetitorLevel)
class CompetitorLevelAdmin(ScopedAdmin):
    """What competitors pay; compared with policies before they are published."""

    list_display = ("month", "org_unit", "competitor", "business_type", "product_family", "basis", "value")
    list_select_related = ("org_unit",)
    list_filter = ("business_type", "basis")
    search_fields = ("competitor", "org_unit__name")
    autocomplete_fields = ("org_unit",)
    ordering = ("-month", "competitor")
    exclude = ("recorded_by", "recorded_at")

    def save_model(self, request: HttpRequest, obj: CompetitorLevel, form: Any, change: bool) -> None:
        obj.recorded_by, obj.recorded_at = request.user, clock.now()  # type: ignore[assignment]
        obj.month = obj.month.replace(day=1)
        super().save_model(request, obj, form, change)


@admin.register(PointsRule)
class PointsRuleAdmin(ReadOnlyAdmin):
    """Rules are entered and ended on the portal."""

    list_display = ("org_unit", "kind", "subject", "points", "valid_from", "valid_to")
    list_select_related = ("org_unit",)
    list_filter = ("kind",)
    ordering = ("org_unit__path", "kind", "subject")


@admin.register(PointsItem)
class PointsItemAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "org_unit", "category", "points", "stock", "budget", "taken", "offered")
    list_select_related = ("org_unit",)
    list_filter = ("category", "offered")
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(PointsEntry)
class PointsEntryAdmin(ManyRowsAdmin):
    list_display = ("dealer", "month", "entry", "points", "balance", "source", "posted_at")
    list_select_related = ("dealer",)
    list_filter = ("entry",)
    search_fields = ("dealer__code__exact", "source")
    ordering = ("-id",)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("reference", "dealer", "item", "quantity", "points", "state", "requested_at")
    list_select_related = ("dealer", "item")
    list_filter = ("state",)
    search_fields = ("reference", "dealer__code")
    ordering = ("-requested_at",)


@admin.register(OverBudgetApproval)
class OverBudgetAdmin(ReadOnlyAdmin):
    list_display = ("batch", "budget", "amount", "covers", "granted_by", "granted_at")
    list_select_related = ("batch", "batch__county", "budget", "budget__org_unit", "granted_by")
    search_fields = ("batch__number",)
    ordering = ("-granted_at",)
