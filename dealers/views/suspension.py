from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.clock import now, today
from core.views import Crumb, PortalActionView, PortalFormView
from core.views.base import Text
from dealers.forms import SuspensionForm
from dealers.queries import archive
from dealers.services import suspension
from dealers.views.common import LIST, OfDealer


class Suspend(OfDealer, PortalFormView):
    """Hold the payments to a dealer from a day on."""

    permission = Permission.ASSIGN_MANAGERS
    title = _("Suspend")
    form_class = SuspensionForm
    intro = _("While a dealer is suspended its commission is calculated but not paid.")
    submit_label = _("Suspend")
    success_message = _("The suspension is entered.")

    def perform(self, form: SuspensionForm) -> str:
        suspension.suspend(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now(), day=today())
        return self.dealer_url


class Resume(PortalActionView):
    """End a suspension: from today on it no longer holds."""

    permission = Permission.ASSIGN_MANAGERS
    title = _("Resume")
    area = "dealers"
    needs_reason = True
    success_message = _("The suspension is over.")

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(self.object.name, reverse("dealers:detail", args=[self.object.pk])))

    def get_effects(self) -> Sequence[Text]:
        return (_("Yesterday becomes the last day of the suspension; payments go on."),)

    def perform(self, *, form: Any) -> str | None:
        suspension.resume(
            dealer=self.object, by=self.request.user, at=now(), day=today(), reason=form.cleaned_data["reason"]
        )
        return None
