"""Plans for gifts and vouchers, their use, and the monthly accounts."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    one_or_404,
)
from inventory import filters_materials as filters
from inventory import forms_materials as forms
from inventory import tables_materials as tables
from inventory import tables_movements
from inventory.models import MaterialPlan
from inventory.queries import materials
from inventory.services import material as service
from inventory.views.of_document import OfDocument

AREA = "stock"
SHOWN = 100


class Plans(PortalListView):
    """What gifts and vouchers may be used for."""

    permission = Permission.VIEW_MATERIALS
    area = AREA
    title = _("Material plans")
    table = tables.PLANS
    filterset_class = filters.PlanFilter
    empty_text = _("No plans in this unit yet. A plan names dealers, materials and quantities.")

    def get_rows(self, user: Any) -> Any:
        return materials.plans(user)

    def get_actions(self) -> Iterable[Action]:
        url = reverse("inventory:plan-new")
        return [Action(_("New plan"), url, Permission.PLAN_MATERIALS, "plus", style="primary")]


class NewPlan(PortalFormView):
    permission = Permission.PLAN_MATERIALS
    area = AREA
    title = _("New plan")
    form_class = forms.PlanForm
    submit_label = _("Next: dealers and quantities")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_plans_crumb(),)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"org_unit": self.request.user.org_unit}}

    def perform(self, form: Any) -> str:
        return tables.plan_url(service.plan(**form.cleaned_data, by=self.request.user, at=clock.now()))


def _plans_crumb() -> Crumb:
    return Crumb(_("Material plans"), reverse("inventory:plans"))


class _OfPlan(OfDocument):
    """The plan of the address, within the scope."""

    list_crumb = staticmethod(_plans_crumb)
    url_of = staticmethod(tables.plan_url)

    def documents(self, user: Any) -> Any:
        return materials.plans(user)


class PlanPage(PortalDetailView):
    """What the plan allows, what is used of it, and what the reader can do."""

    permission = Permission.VIEW_MATERIALS
    area = AREA
    lookup = "number"
    template_name = "inventory/plan.html"

    def get_rows(self, user: Any) -> Any:
        return materials.plans(user)

    def get_title(self) -> str:
        return str(self.object.activity)

    def get_subtitle(self) -> str:
        return f"{self.object.number} · {self.object.org_unit.name}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_plans_crumb(),)

    def get_figures(self) -> Sequence[Figure]:
        return (
            Figure(_("Starts on"), self.object.starts_on, "date"),
            Figure(_("Ends on"), self.object.ends_on, "date"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        return super().get_context(
            plan=row,
            items=materials.items(row, user)[:SHOWN],
            totals=[] if user.is_dealer else materials.totals(row),
            uses=materials.uses(row, user)[:SHOWN],
            editable=row.state == "draft" and user.can(Permission.PLAN_MATERIALS),
            usable=row.state == "approved" and user.can(Permission.USE_MATERIALS),
            offers=offers(row, user),
            **context,
        )


def offers(row: MaterialPlan, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    found: list[tuple[str, Any, str]] = []
    plans, approves = user.can(Permission.PLAN_MATERIALS), user.can(Permission.APPROVE_MATERIAL_PLANS)
    if row.state == "draft" and plans:
        found.append(("inventory:plan-submit", _("Submit"), "btn btn-primary"))
    if row.state == "submitted" and approves:
        found.append(("inventory:plan-reject", _("Reject"), "btn"))
        if row.made_by_id != user.pk:
            found.append(("inventory:plan-approve", _("Approve"), "btn btn-primary"))
    if row.state == "rejected" and plans:
        found.append(("inventory:plan-reopen", _("Take up again"), "btn btn-primary"))
    if row.state == "approved" and plans:
        found.append(("inventory:plan-close", _("Close the plan"), "btn"))
    return found


class Items(_OfPlan, PortalListView):
    """Everything that the plan allows."""

    permission = Permission.VIEW_MATERIALS
    title = _("Planned materials")
    table = tables.ITEMS
    filterset_class = filters.ItemFilter
    empty_text = _("There is nothing in the plan yet.")

    def get_rows(self, user: Any) -> Any:
        return materials.items(self.object, user)


class EnterItems(_OfPlan, PortalFormView):
    permission = Permission.PLAN_MATERIALS
    title = _("Enter dealers and quantities")
    form_class = forms.ItemsForm
    submit_label = _("Enter")

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.object  # noqa: B018 - 404 before anything is shown
        return super().get(request, *args, **kwargs)

    def perform(self, form: Any) -> str:
        count = service.enter_items(plan=self.object, text=form.cleaned_data["text"], by=self.request.user)
        messages.success(self.request, gettext("%(count)d lines entered.") % {"count": count})
        return tables.plan_url(self.object)


class _Step(_OfPlan, PortalActionView):
    """Base: one step of a plan."""

    permission: Any = Permission.PLAN_MATERIALS

    def given(self) -> dict[str, Any]:
        return {"plan": self.object, "by": self.request.user, "at": clock.now()}


class RemoveItem(_Step):
    title = _("Take out of the plan")
    submit_label = _("Take out")

    def perform(self, *, form: Any) -> None:
        service.remove_item(plan=self.object, item=self.kwargs["pk"], by=self.request.user)


class SubmitPlan(_Step):
    title = _("Submit")
    submit_label = _("Submit")
    success_message = _("The plan waits for approval.")

    def get_effects(self) -> Sequence[Any]:
        return [_("Its items are fixed from now on; another person approves it.")]

    def perform(self, *, form: Any) -> None:
        service.submit(**self.given())


class ApprovePlan(_Step):
    permission = Permission.APPROVE_MATERIAL_PLANS
    title = _("Approve")
    submit_label = _("Approve")
    success_message = _("Approved. The dealers' materials may be used.")

    def perform(self, *, form: Any) -> None:
        service.approve(**self.given())


class RejectPlan(_Step):
    permission = Permission.APPROVE_MATERIAL_PLANS
    title = _("Reject")
    submit_label = _("Reject")
    needs_reason = True

    def perform(self, *, form: Any) -> None:
        service.reject(**self.given(), reason=form.cleaned_data["reason"])


class ReopenPlan(_Step):
    title = _("Take up again")
    submit_label = _("Take up again")

    def perform(self, *, form: Any) -> None:
        service.reopen(**self.given())


class ClosePlan(_Step):
    title = _("Close the plan")
    submit_label = _("Close the plan")
    needs_reason = True

    def get_effects(self) -> Sequence[Any]:
        return [_("Nothing more is used by it; uses that are approved are still handed out.")]

    def perform(self, *, form: Any) -> None:
        service.close(**self.given(), reason=form.cleaned_data["reason"])


class Use(_OfPlan, PortalFormView):
    """Ask for a planned material."""

    permission = Permission.USE_MATERIALS
    form_class = forms.UseForm
    submit_label = _("Ask for it")
    success_message = _("Asked for. Another person approves it, a third hands it out.")

    @property
    def item(self) -> Any:
        if not hasattr(self, "_item"):
            rows = materials.open_items(self.request.user).filter(plan=self.object)
            self._item = one_or_404(rows, pk=self.kwargs["pk"])
        return self._item

    def get_title(self) -> str:
        return gettext("Use of %(material)s") % {"material": self.item.product.name}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"sources": materials.sources(self.item)}

    def perform(self, form: Any) -> str:
        given = form.cleaned_data
        row = service.use(item=self.item, **given, by=self.request.user, at=clock.now())
        return tables_movements.movement_url(row)


class Accounts(PortalListView):
    """What each node had, got, gave and used of each material in each month."""

    permission = Permission.VIEW_MATERIALS
    area = AREA
    title = _("Material accounts")
    table = tables.ACCOUNTS
    filterset_class = filters.AccountFilter
    empty_text = _("No accounts yet. They are posted every night from the documents.")

    def get_rows(self, user: Any) -> Any:
        return materials.accounts(user)


class Reconcile(PortalActionView):
    """Hold a month's account against what was counted."""

    permission = Permission.RECONCILE_MATERIALS
    area = AREA
    title = _("Reconcile")
    submit_label = _("Reconcile")
    form_class = forms.ReconcileForm
    success_message = _("Reconciled; the account stands still from now on.")

    def get_rows(self, user: Any) -> Any:
        return materials.accounts(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Material accounts"), reverse("inventory:material-accounts")),)

    def get_back_url(self) -> str:
        return reverse("inventory:material-accounts")

    def get_effects(self) -> Sequence[Any]:
        row = self.object
        text = gettext("%(node)s, %(material)s, %(month)s: %(closing)d in the books at the end of the month.")
        named = {"node": row.node.name, "material": row.product.name, "month": f"{row.month:%Y-%m}"}
        return [text % {**named, "closing": row.closing}]

    def perform(self, *, form: Any) -> None:
        service.reconcile(account=self.object, **form.cleaned_data, by=self.request.user, at=clock.now())
