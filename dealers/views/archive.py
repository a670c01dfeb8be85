from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.clock import now
from core.views import PortalFormView
from dealers.forms import ArchiveForm
from dealers.services import archive
from dealers.views.common import OfDealer


class EditArchive(OfDealer, PortalFormView):
    """The archive's fields; tier, unit and manager have pages of their own."""

    permission = Permission.EDIT_DEALERS
    title = _("Edit archive")
    template_name = "dealers/edit.html"
    form_class = ArchiveForm
    success_message = _("The archive is saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.dealer, "may_evaluate": self.request.user.can(Permission.ASSIGN_MANAGERS)}

    def perform(self, form: ArchiveForm) -> str:
        archive.update(dealer=self.dealer, changes=form.changes(), by=self.request.user, at=now())
        return self.dealer_url
