"""Products, and a look at stock and sales."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import GlobalAdmin, ManyRowsAdmin, ReadOnlyAdmin, ScopedAdmin
from core.formats import mask
from inventory.models import Card, DealerCredit, NodeKeeper, Product, ProductPrice, Route, SalesRecord, StockNode


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products come from files; their fees are part of what was settled."""

    list_display = ("code", "name", "family", "item_kind", "monthly_fee", "face_value")
    list_filter = ("family", "item_kind")
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(StockNode)
class StockNodeAdmin(ScopedAdmin):
    """Warehouses, halls, stations and teams; a dealer's own node follows his archive and is only shown."""

    fields = ("code", "name", "kind", "org_unit", "parent")
    autocomplete_fields = ("org_unit", "parent")
    list_display = ("code", "name", "kind", "org_unit", "parent")
    list_filter = ("kind",)
    list_select_related = ("org_unit", "parent")
    search_fields = ("code", "name")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("code", "kind", "org_unit")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.dealer_id is None) and super().has_change_permission(request, obj)


@admin.register(NodeKeeper)
class NodeKeeperAdmin(ScopedAdmin):
    """Who keeps a node; a node without a row is kept by the keepers of its unit."""

    list_display = ("node", "user")
    list_select_related = ("node", "user")
    search_fields = ("node__code", "node__name", "user__username", "user__name")
    autocomplete_fields = ("node", "user")


@admin.register(Route)
class RouteAdmin(GlobalAdmin):
    """The ways that stock may go; a movement off the table is refused."""

    list_display = ("movement_kind", "origin_kind", "destination_kind")
    list_filter = ("movement_kind",)


@admin.register(ProductPrice)
class ProductPriceAdmin(GlobalAdmin):
    """The price list: a new price gets a new row with the day from which it holds."""

    list_display = ("product", "tier", "valid_from", "price")
    list_filter = ("tier",)
    list_select_related = ("product",)
    search_fields = ("product__code", "product__name")


@admin.register(DealerCredit)
class DealerCreditAdmin(ScopedAdmin):
    """Up to what amount dealers may owe."""

    list_display = ("dealer", "credit_limit")
    list_select_related = ("dealer",)
    search_fields = ("dealer__code", "dealer__name")
    autocomplete_fields = ("dealer",)


@admin.register(Card)
class CardAdmin(ManyRowsAdmin):
    list_display = ("serial", "product", "node", "state", "expires_on")
    list_select_related = ("product", "node")
    list_filter = ("state",)
    search_fields = ("serial__exact",)
    search_help_text = _("The whole serial.")
    exclude = ("msisdn",)
    readonly_fields = ("masked_number",)
    ordering = ("serial",)

    @admin.display(description=_("number"))
    def masked_number(self, card: Card) -> str:
        return mask(card.msisdn)


@admin.register(SalesRecord)
class SalesRecordAdmin(ManyRowsAdmin):
    list_display = ("event_no", "business_type", "occurred_at", "product", "seller", "amount")
    list_select_related = ("product", "seller")
    list_filter = ("business_type",)
    search_fields = ("event_no__exact", "serial__exact")
    search_help_text = _("The whole event number or serial.")
    exclude = ("msisdn",)
    readonly_fields = ("masked_number",)
    ordering = ("-id",)

    @admin.display(description=_("number"))
    def masked_number(self, sale: SalesRecord) -> str:
        return mask(sale.msisdn)
