from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.roles import Permission
from core.clock import now
from core.errors import Refused
from core.views import Crumb, PortalFormView, PortalMixin
from dealers.forms import ManagerForm
from dealers.queries import archive
from dealers.services import manager
from dealers.views.common import LIST, OfDealer

MOST = 1_000


class AssignOne(OfDealer, PortalFormView):
    """One dealer's channel manager."""

    permission = Permission.ASSIGN_MANAGERS
    title = gettext_lazy("Channel manager")
    form_class = ManagerForm
    submit_label = gettext_lazy("Assign")
    success_message = gettext_lazy("The channel manager is changed.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"manager": self.dealer.manager_id}}

    def perform(self, form: ManagerForm) -> str:
        data = form.cleaned_data
        manager.assign(
            dealers=[self.dealer], manager=data["manager"], by=self.request.user, at=now(), reason=data["reason"]
        )
        return self.dealer_url


class AssignMany(PortalMixin):
    """The chosen dealers of a list: first shown with a choice of manager, then assigned at once."""

    permission = Permission.ASSIGN_MANAGERS
    title = gettext_lazy("Change the channel manager")
    area = "dealers"
    template_name = "dealers/assign.html"
    submit_label = gettext_lazy("Assign")

    @cached_property
    def dealers(self) -> list[Any]:
        """The chosen ones within the scope; whatever else was sent is passed over."""
        keys = [key for key in self.request.POST.getlist("pk")[:MOST] if key.isascii() and key.isdecimal()]
        return list(archive.dealers(user=self.request.user).filter(pk__in=[key[:18] for key in keys]))

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST,)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.go(reverse("dealers:list"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.dealers:
            messages.error(request, _("Choose at least one dealer of the list."))
            return self.go(reverse("dealers:list"))
        if "confirmed" not in request.POST:
            return self.render(form=ManagerForm(user=request.user), dealers=self.dealers)
        form = ManagerForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                return self._assign(form)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
        return self.render(form=form, dealers=self.dealers, status=422)

    def _assign(self, form: ManagerForm) -> HttpResponseBase:
        data = form.cleaned_data
        count = manager.assign(
            dealers=self.dealers, manager=data["manager"], by=self.request.user, at=now(), reason=data["reason"]
        )
        messages.success(
            self.request,
            ngettext("%(count)s dealer has a new manager.", "%(count)s dealers have a new manager.", count)
            % {"count": count},
        )
        return self.go(reverse("dealers:list"))
