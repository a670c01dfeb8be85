from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealersConfig(AppConfig):
    name = "dealers"
    verbose_name = _("Dealers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dealers import attention, dashboard, search

        attention.register_points()
        dashboard.register()
        search.register()
