"""Write policies in the browser: begin a draft, edit its rules, copy a policy, compare two."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions import words
from commissions.models import CommissionPolicy, CommissionRule
from commissions.queries import policy_pages
from commissions.queries.policies import export_policy
from commissions.rule_form import CONDITIONS, Row, RuleForm
from commissions.rules.policy_copy import compared
from commissions.rules.problems import PolicyInvalid
from commissions.services import policy_draft as service
from commissions.views.common import AREA
from commissions.views.simulations import policy_crumbs
from core import clock
from core.errors import Refused
from core.views import Crumb, PortalActionView, PortalFormView, PortalMixin, PortalPage, one_or_404

MOST_MONTHS = 36


class _OfPolicy(PortalMixin):
    permission = Permission.EDIT_POLICIES
    area = AREA

    @cached_property
    def policy(self) -> CommissionPolicy:
        return one_or_404(policy_pages.visible(self.request.user), code=self.kwargs["code"])

    def get_breadcrumbs(self) -> list[Crumb]:
        return policy_crumbs(self.policy)

    def back(self) -> str:
        return reverse("commissions:policy", args=[self.policy.code])


class RuleEdit(_OfPolicy):
    """One rule of a draft: fields, brackets and instalments in grids. Works without JavaScript, too."""

    template_name = "commissions/rule_edit.html"

    @cached_property
    def rule(self) -> CommissionRule | None:
        if "rule" not in self.kwargs:
            return None
        return one_or_404(policy_pages.rules(self.policy), code=self.kwargs["rule"])

    def get_title(self) -> str:
        return gettext("Rule %(code)s") % {"code": self.rule.code} if self.rule else gettext("A new rule")

    def _show(self, form: RuleForm, status: int = 200) -> HttpResponseBase:
        return self.render(
            form=form,
            policy=self.policy,
            conditions=[(test.value, label) for test, label in CONDITIONS],
            back_url=self.back(),
            status=status,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = RuleForm(policy=self.policy)
        if self.rule:
            written = export_policy(self.policy)["rules"]
            form.fill(next(one for one in written if one["code"] == self.rule.code))
        else:
            form.instalments = [
                Row(0, {"offset": 0, "share": "0.70"}),
                Row(1, {"offset": 3, "share": "0.30", "in_network": "1"}),
            ]
        return self._show(form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        former = self.rule.code if self.rule else ""
        form = RuleForm(request.POST, policy=self.policy)
        if form.rearrange():
            return self._show(form)
        form.full_clean()
        if form.is_valid():
            here = service.place(self.policy, former)
            try:
                service.save_rule(policy=self.policy, former=former, rule=form.as_file(), by=request.user)
            except PolicyInvalid as invalid:
                for problem in invalid.problems:
                    form.tell(problem, mine=problem.path.startswith(here))
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, gettext("The rule is stored in the draft."))
                return self.go(self.back())
        return self._show(form, status=422)


class RuleRemove(PortalActionView):
    """Take a rule out of a draft."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    lookup = "code"
    title = _("Remove the rule")
    submit_label = _("Remove")
    destructive = True

    def get_rows(self, user: Any) -> Any:
        return policy_pages.visible(user)

    @cached_property
    def rule(self) -> CommissionRule:
        return one_or_404(self.object.rules.all(), code=self.kwargs["rule"])

    def get_breadcrumbs(self) -> list[Crumb]:
        return policy_crumbs(self.object)

    def get_effects(self) -> Sequence[Any]:
        return [gettext("Rule %(code)s is taken out of the draft.") % {"code": self.rule.code}]

    def perform(self, *, form: Any) -> str:
        service.remove_rule(policy=self.object, code=self.rule.code, by=self.request.user)
        return reverse("commissions:policy", args=[self.object.code])


class NewPolicyForm(forms.Form):
    """Code, name and owner of a draft."""

    code = forms.SlugField(label=_("Policy code"), max_length=40, help_text=_("Letters, digits, - and _."))
    name = forms.CharField(label=_("Name"), max_length=120)
    org_unit = forms.ModelChoiceField(label=_("Owner"), queryset=OrgUnit.objects.none())

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.visible_to(user).exclude(level="grid").order_by("path")
        self.fields["org_unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["org_unit"].initial = user.org_unit_id


class NewPolicy(PortalFormView):
    """Begin an empty draft."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    title = _("Begin a policy")
    form_class = NewPolicyForm
    submit_label = _("Begin the draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Policies"), reverse("commissions:policies"))]

    def perform(self, form: Any) -> str:
        policy = service.begin(**form.cleaned_data, by=self.request.user)
        return reverse("commissions:policy", args=[policy.code])


class CopyForm(forms.Form):
    """What the copy is called and by how much its dates move."""

    code = forms.SlugField(label=_("Policy code"), max_length=40, help_text=_("Letters, digits, - and _."))
    name = forms.CharField(label=_("Name"), max_length=120)
    months = forms.IntegerField(
        label=_("Move dates by (months)"),
        min_value=-MOST_MONTHS,
        max_value=MOST_MONTHS,
        initial=12,
        help_text=_("12 for the next year. Rule codes get the new policy's code."),
    )


class CopyPolicy(_OfPolicy, PortalFormView):
    """A new draft from a policy's rules, for the next year."""

    title = _("Copy the policy")
    form_class = CopyForm
    submit_label = _("Copy as a draft")
    intro = _("Rules that have ended are left out.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"name": self.policy.name, "months": 12}}

    def perform(self, form: Any) -> str:
        try:
            made = service.copy(policy=self.policy, on=clock.today(), by=self.request.user, **form.cleaned_data)
        except PolicyInvalid as invalid:
            first = invalid.problems[0]
            raise Refused(gettext(first.message) % dict(first.params)) from invalid
        return reverse("commissions:policy", args=[made.code])


class ComparePolicies(_OfPolicy, PortalPage):
    """Two policies rule by rule, side by side."""

    permission = Permission.VIEW_POLICIES
    template_name = "commissions/policy_compare.html"
    title = _("Compare policies")

    def get_context(self, **context: Any) -> dict[str, Any]:
        others = policy_pages.visible(self.request.user).exclude(pk=self.policy.pk)
        chosen = self.request.GET.get("with", "")
        other = one_or_404(others, code=chosen) if chosen else None
        return super().get_context(
            policy=self.policy,
            other=other,
            others=list(others.order_by("-created_at")[:100]),
            pairs=side_by_side(self.policy, other) if other else [],
            **context,
        )


def side_by_side(left: CommissionPolicy, right: CommissionPolicy) -> list[dict[str, Any]]:
    """The rules of both in words; `changed` says whether a counterpart pays or conditions otherwise."""
    shown = {rule.code: _told(rule) for policy in (left, right) for rule in policy_pages.rules(policy)}
    return [
        {
            "left": shown[pair.left["code"]] if pair.left else None,
            "right": shown[pair.right["code"]] if pair.right else None,
            "changed": pair.changed,
        }
        for pair in compared(export_policy(left), export_policy(right))
    ]


def _told(rule: CommissionRule) -> dict[str, Any]:
    return {
        "rule": rule,
        "scope": words.scope(rule),
        "value": words.figure(rule, rule.value) if rule.value is not None else "",
        "brackets": words.brackets(rule),
        "instalments": words.instalments(rule),
        "pool": words.percent(rule.pool_share) if rule.pool_share else "",
    }
