from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Stock and sales")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.ledgers import register
        from inventory import dashboard, search
        from inventory.services import ledgers

        search.register()
        dashboard.register()
        register(ledgers.CHECKS, ledgers.look)
