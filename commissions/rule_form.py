"""The form of one rule in the browser: fields, a grid of brackets and one of instalments.

It holds text as it was typed and turns it into the form of a policy file; the file's
own reader then says what is wrong, and each problem is shown at its field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions import states
from commissions.models import CommissionPolicy
from commissions.rules.problems import Problem
from commissions.rules.values import Test
from dealers.models.tiers import BusinessType
from dealers.states import Tier
from inventory.models import Product

MOST_ROWS = 60
NOTHING = ("", "–")
PLAIN = (
    "code",
    "kind",
    "business_type",
    "product",
    "product_family",
    "tier",
    "org_unit",
    "effective_from",
    "effective_to",
    "basis",
    "value",
    "bracket_mode",
    "pool_share",
)
CONDITIONS = (
    (Test.IN_NETWORK, _("in network")),
    (Test.ACTIVE, _("active")),
    (Test.NO_ARREARS, _("no arrears")),
    (Test.FEE_KEPT, _("billed at least the monthly fee")),
    (Test.EXCLUSIVE, _("exclusive store or mall")),
    (Test.PURE_NEW, _("no returning subscriber")),
)
PLACE = re.compile(r"(?:rules\[\d+\]\.?)?(\w+)?(?:\[(\d+)\])?(.*)")


@dataclass
class Row:
    """One line of a grid: what was typed, and what is wrong with it."""

    number: int
    values: dict[str, Any]
    errors: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not any(self.values.values())


class RuleForm(forms.Form):
    """What a rule says beside its grids. Nothing is required here: the reader of policy files decides."""

    code = forms.CharField(label=_("Rule code"), max_length=40, required=False)
    business_type = forms.ChoiceField(label=_("Business type"), choices=BusinessType.choices, required=False)
    kind = forms.ChoiceField(label=_("Commission kind"), choices=states.Kind.choices, required=False)
    product = forms.ChoiceField(label=_("Product"), required=False)
    product_family = forms.ChoiceField(label=_("Product family"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), choices=[NOTHING, *Tier.choices], required=False)
    org_unit = forms.ChoiceField(label=_("County or city"), required=False)
    effective_from = forms.CharField(
        label=_("Effective from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    effective_to = forms.CharField(
        label=_("Effective to"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: open-ended."),
    )
    basis = forms.ChoiceField(label=_("Multiplied with"), choices=states.Basis.choices, required=False)
    value = forms.CharField(
        label=_("Value"),
        max_length=20,
        required=False,
        help_text=_("Yuan per record, or a rate (0.5 = 50%). Empty where there are brackets."),
    )
    bracket_mode = forms.ChoiceField(
        label=_("Bracket mode"), choices=[NOTHING, *states.BracketMode.choices], required=False
    )
    pool_share = forms.CharField(
        label=_("Pool share"), max_length=8, required=False, help_text=_("For incentive rules only; 0.3 = 30%.")
    )
    waiver_approver = forms.CharField(
        label=_("Approver of the waiver"),
        max_length=60,
        required=False,
        help_text=_("Only for a first share above the cap."),
    )
    waiver_reason = forms.CharField(label=_("Reason of the waiver"), max_length=200, required=False)

    def __init__(self, *args: Any, policy: CommissionPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = list(Product.objects.order_by("code").values_list("code", "name", "family"))
        units = OrgUnit.objects.filter(path__startswith=policy.org_unit.path, level__in=["city", "county"])
        self._choose("product", [(code, f"{code} {name}") for code, name, _family in products])
        self._choose("product_family", [(name, name) for name in sorted({family for *_more, family in products})])
        self._choose("org_unit", [(unit.code, unit.name) for unit in units.order_by("path")])
        self.brackets: list[Row] = []
        self.instalments: list[Row] = []
        source = self.data if self.is_bound else None
        if source is not None:
            self.brackets = [_typed(source, "bracket", n, ("from", "value")) for n in _numbers(source, "bracket")]
            names = ("offset", "share", "k", "billed", *(test.value for test, _label in CONDITIONS))
            self.instalments = [_typed(source, "instalment", n, names) for n in _numbers(source, "instalment")]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = [NOTHING, *choices]  # type: ignore[attr-defined]

    def rearrange(self) -> bool:
        """Add or remove a row, if a button asked for it."""
        for name, rows in (("bracket", self.brackets), ("instalment", self.instalments)):
            if f"add_{name}" in self.data:
                rows.append(Row(max((row.number for row in rows), default=-1) + 1, {}))
                return True
            gone = self.data.get(f"remove_{name}", "")
            if gone:
                rows[:] = [row for row in rows if str(row.number) != gone]
                return True
        return False

    def as_file(self) -> dict[str, Any]:
        """The rule in the form of a policy file: what is empty is left out."""
        typed = {name: str(self.data.get(name, "")).strip() for name in (*PLAIN, "waiver_approver", "waiver_reason")}
        rule: dict[str, Any] = {name: typed[name] for name in PLAIN if typed[name]}
        brackets = [row for row in self.brackets if not row.empty]
        if brackets:
            rule["brackets"] = [{"from": _whole(row.values["from"]), "value": row.values["value"]} for row in brackets]
        rule["instalments"] = [_instalment(row) for row in self.instalments if not row.empty]
        if typed["waiver_approver"] or typed["waiver_reason"]:
            rule["initial_cap_waiver"] = {"approver": typed["waiver_approver"], "reason": typed["waiver_reason"]}
        return rule

    def tell(self, problem: Problem, *, mine: bool) -> None:
        """Show a problem at its field or row; on top if it is another rule's."""
        said = gettext(problem.message) % dict(problem.params)
        match = PLACE.fullmatch(problem.path) if mine else None
        name, place, rest = match.groups() if match else (None, None, "")
        rows = {"brackets": self.brackets, "instalments": self.instalments}.get(name or "")
        if rows is not None and place is not None:
            filled = [row for row in rows if not row.empty]
            if int(place) < len(filled):
                filled[int(place)].errors.append(said)
                return
        if name == "initial_cap_waiver":
            name = "waiver_reason" if "reason" in rest else "waiver_approver"
        if name in self.fields:
            self.add_error(name, said)
        else:
            self.add_error(None, f"{problem.path}: {said}" if problem.path and not mine else said)

    def fill(self, rule: Mapping[str, Any]) -> None:
        """Show a rule as its file has it."""
        waiver = rule.get("initial_cap_waiver") or {}
        self.initial = {
            **{name: rule.get(name) or "" for name in PLAIN},
            "waiver_approver": waiver.get("approver", ""),
            "waiver_reason": waiver.get("reason", ""),
        }
        self.brackets = [Row(n, dict(row)) for n, row in enumerate(rule.get("brackets") or ())]
        self.instalments = [Row(n, _shown(row)) for n, row in enumerate(rule.get("instalments") or ())]


def _numbers(data: Mapping[str, Any], grid: str) -> list[int]:
    """The rows of a grid that the browser sent, in order."""
    pattern = re.compile(rf"{grid}-(\d{{1,4}})-")
    return sorted({int(match[1]) for key in data for match in [pattern.match(key)] if match})[:MOST_ROWS]


def _typed(data: Mapping[str, Any], grid: str, number: int, names: tuple[str, ...]) -> Row:
    return Row(number, {name: str(data.get(f"{grid}-{number}-{name}", "")).strip() for name in names})


def _whole(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _instalment(row: Row) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [
        {"test": test.value} for test, _label in CONDITIONS if row.values.get(test.value)
    ]
    if row.values["k"]:
        conditions.append({"test": "active_months", "k": _whole(row.values["k"])})
    if row.values["billed"]:
        conditions.append({"test": "min_billed", "value": row.values["billed"]})
    found: dict[str, Any] = {"offset": _whole(row.values["offset"]), "share": row.values["share"]}
    return {**found, "conditions": conditions} if conditions else found


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"offset": one["offset"], "share": one["share"]}
    for condition in one.get("conditions", ()):
        if condition["test"] == "active_months":
            values["k"] = condition.get("k")
        elif condition["test"] == "min_billed":
            values["billed"] = condition.get("value")
        else:
            values[condition["test"]] = "1"
    return values
