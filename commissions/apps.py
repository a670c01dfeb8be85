from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommissionsConfig(AppConfig):
    name = "commissions"
    verbose_name = _("Commissions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commissions import dashboard, search
        from commissions.queries import ledger_points, ledger_rounds
        from commissions.services import ledgers
        from core.ledgers import register

        dashboard.register()
        search.register()
        register(ledgers.CHECKS, ledgers.look)
        register(ledger_rounds.CHECKS, ledger_rounds.look)
        register(ledger_points.CHECKS, ledger_points.look)
