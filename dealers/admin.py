"""The rules of the tiers, waivers, and which dealer a user belongs to. The archive is kept on the portal."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from accounts.models import User
from accounts.roles import Role
from core.admin import GlobalAdmin, ReadOnlyAdmin, ScopedAdmin, add_inline
from core.formats import mask
from dealers.models import (
    Agreement,
    Dealer,
    DealerAccount,
    DealerUser,
    TierBusiness,
    TierCriterion,
    TierWaiver,
)


class DealerLinkForm(forms.models.BaseInlineFormSet):
    """A dealer's user has a dealer, nobody else has one."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if self.instance.role == Role.DEALER and not kept:
            raise ValidationError(_("Choose the dealer that this user belongs to."))
        if self.instance.role != Role.DEALER and kept:
            raise ValidationError(_("Only users with the role “dealer user” belong to a dealer."))


class DealerLinkInline(StackedInline):
    """The dealer of a dealer's user."""

    model = DealerUser
    formset = DealerLinkForm
    verbose_name = _("dealer of this user")
    autocomplete_fields = ("dealer",)
    extra = 1
    max_num = 1

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "dealer":
            kwargs["queryset"] = Dealer.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


add_inline(User, DealerLinkInline)


@admin.register(TierCriterion)
class TierCriterionAdmin(GlobalAdmin):
    list_display = ("tier", "attribute", "operator", "value", "valid_from", "valid_to", "waivable")
    list_filter = ("tier", "attribute")
    ordering = ("tier", "attribute", "valid_from")


@admin.register(TierBusiness)
class TierBusinessAdmin(GlobalAdmin):
    list_display = ("tier", "business_type")
    list_filter = ("tier",)
    ordering = ("tier", "business_type")


@admin.register(TierWaiver)
class TierWaiverAdmin(ScopedAdmin):
    """Ended by a last day, never deleted."""

    list_display = ("dealer", "attribute", "approver", "valid_from", "valid_to")
    list_select_related = ("dealer", "approver")
    list_filter = ("attribute",)
    search_fields = ("dealer__code", "dealer__name")
    autocomplete_fields = ("dealer",)
    exclude = ("approver",)
    ordering = ("-valid_from",)

    def save_model(self, request: HttpRequest, obj: TierWaiver, form: Any, change: bool) -> None:
        """Whoever grants the waiver is its approver."""
        if not change:
            obj.approver = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


@admin.register(Dealer)
class DealerAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "org_unit", "tier", "stage", "manager")
    list_filter = ("tier", "stage", "visit_regime", "chain_type")
    list_select_related = ("org_unit", "manager")
    search_fields = ("code", "name", "pinyin")
    ordering = ("code",)
    exclude = ("contact_phone",)


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = ("number", "dealer", "starts_on", "ends_on", "exclusive")
    list_select_related = ("dealer",)
    search_fields = ("number", "dealer__code")
    ordering = ("-starts_on",)


@admin.register(DealerAccount)
class DealerAccountAdmin(ReadOnlyAdmin):
    list_display = ("dealer", "bank", "number_masked", "holder_masked", "state", "entered_by", "verified_by")
    list_select_related = ("dealer", "entered_by", "verified_by")
    list_filter = ("state",)
    search_fields = ("dealer__code", "dealer__name")
    exclude = ("number", "holder")
    readonly_fields = ("number_masked", "holder_masked")
    ordering = ("-entered_at",)

    @admin.display(description=_("account number"))
    def number_masked(self, account: DealerAccount) -> str:
        return account.masked

    @admin.display(description=_("account holder"))
    def holder_masked(self, account: DealerAccount) -> str:
        return mask(account.holder)
