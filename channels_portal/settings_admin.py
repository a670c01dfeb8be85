"""Settings of the admin site, and what an administrator may change there; see docs/guide-admin.md."""

from decimal import Decimal

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from audits.config import CONSTANCE as AUDIT_SETTINGS
from commissions.config import CONSTANCE as COMMISSION_SETTINGS
from dealers.config import CONSTANCE as DEALER_SETTINGS
from inventory.config import CONSTANCE as STOCK_SETTINGS
from reports.config import CONSTANCE as REPORT_SETTINGS

CONSTANCE_BACKEND = "core.stored_settings.Backend"
CONSTANCE_CONFIG = {**DEALER_SETTINGS, **AUDIT_SETTINGS, **STOCK_SETTINGS, **COMMISSION_SETTINGS, **REPORT_SETTINGS}
CONSTANCE_CONFIG_FIELDSETS = tuple(
    (title, tuple(names))
    for title, names in (
        (_("Commissions"), COMMISSION_SETTINGS),
        (_("Effectiveness score"), REPORT_SETTINGS),
        (_("Visits"), AUDIT_SETTINGS),
        (_("Stock"), STOCK_SETTINGS),
        (_("Dealers"), DEALER_SETTINGS),
    )
    if names
)
_text = {"widget": "unfold.widgets.UnfoldAdminTextInputWidget"}
_figure = {"widget": "unfold.widgets.UnfoldAdminDecimalFieldWidget", "min_value": 0}
CONSTANCE_ADDITIONAL_FIELDS = {
    str: ["django.forms.CharField", _text],
    int: ["django.forms.IntegerField", {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 0}],
    bool: ["django.forms.BooleanField", {"widget": "unfold.widgets.UnfoldBooleanSwitchWidget", "required": False}],
    Decimal: ["django.forms.DecimalField", {**_figure, "max_digits": 12, "decimal_places": 2}],
    "rate": ["django.forms.DecimalField", {**_figure, "max_value": 1, "max_digits": 5, "decimal_places": 4}],
    "bands": ["commissions.settings_fields.BandsField", {**_text, "max_length": 200}],
}

UNFOLD = {
    "SITE_TITLE": _("Channels portal"),
    "SITE_HEADER": _("Channels portal"),
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "sizes": "any", "type": "image/svg+xml", "href": lambda request: static("portal/favicon.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "channels_portal.admin_menu.sidebar",
    },
}
