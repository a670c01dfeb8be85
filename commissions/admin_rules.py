"""The form of one rule in the admin site: checked like a line of a policy file."""

import json
from decimal import Decimal
from typing import Any

from constance import config
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from commissions.models import CommissionPolicy, CommissionRule
from commissions.queries.policies import export_policy
from commissions.rules import policy as policy_file
from commissions.rules.problems import Problem
from commissions.services.policy import known_for

PLAIN = ("code", "kind", "business_type", "product_family", "tier", "basis", "bracket_mode")
FIELD_OF = {"initial_cap_waiver": "waiver_reason"}


class ExactDecoder(json.JSONDecoder):
    """Fractions as Decimal, so that 0.1 stays 0.1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


class ExactEncoder(json.JSONEncoder):
    def default(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else super().default(value)


class JSONText(forms.JSONField):
    """JSON to read and write by hand: empty for nothing, keys of an instalment in the order of a file."""

    ORDER = ("from", "value", "offset", "share", "conditions", "test", "k")
    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(self._ordered(value), ensure_ascii=False, default=str)

    def _ordered(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._ordered(one) for one in value]
        if isinstance(value, dict):
            keys = sorted(value, key=lambda key: self.ORDER.index(key) if key in self.ORDER else len(self.ORDER))
            return {key: self._ordered(value[key]) for key in keys}
        return value


class RuleForm(forms.ModelForm):
    """`clean` reads the whole draft with this rule in it, and puts each problem at its field."""

    brackets = JSONText(
        label=gettext_lazy("brackets"),
        required=False,
        decoder=ExactDecoder,
        encoder=ExactEncoder,
        help_text='[{"from": 1, "value": "10"}, {"from": 51, "value": "15"}]',
    )
    instalments = JSONText(
        label=gettext_lazy("instalments"),
        decoder=ExactDecoder,
        encoder=ExactEncoder,
        help_text='[{"offset": 0, "share": "0.70"}, '
        '{"offset": 3, "share": "0.30", "conditions": [{"test": "active_months", "k": 3}]}]',
    )

    class Meta:
        model = CommissionRule
        fields = (
            "policy",
            *PLAIN,
            "product",
            "org_unit",
            "effective_from",
            "effective_to",
            "value",
            "brackets",
            "instalments",
            "pool_share",
            "waiver_approver",
            "waiver_reason",
        )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        policy = found.get("policy") or (self.instance.policy if self.instance.policy_id else None)
        if self.errors or policy is None:
            return found
        if policy.state != "draft":
            raise ValidationError(_("Published policies never change; make a new one."))
        problems, written = self._read(policy, found)
        for problem, mine in problems:
            self._tell(problem, mine)
        if written:
            found["brackets"], found["instalments"] = written.get("brackets"), written["instalments"]
        return found

    def _read(
        self, policy: CommissionPolicy, found: dict[str, Any]
    ) -> tuple[list[tuple[Problem, bool]], dict[str, Any] | None]:
        """The problems of the policy with this rule, whether each is this rule's, and the rule as a file has it."""
        data = export_policy(policy)
        others = [rule for rule in data["rules"] if rule["code"] != self.instance.code]
        data["rules"] = [*others, as_file(found)]
        here = f"rules[{len(others)}]"
        read, problems = policy_file.read_policy(
            data,
            initial_cap=config.INITIAL_PAYMENT_CAP,
            known=known_for(owner=policy.org_unit, policy_code=policy.code),
        )
        written = policy_file.dump_rule(read.rules[-1]) if read else None
        return [(problem, problem.path.startswith(here)) for problem in problems], written

    def _tell(self, problem: Problem, mine: bool) -> None:
        said = _(problem.message) % dict(problem.params)
        path = problem.path.partition(".")[2] if mine else ""
        name = path.split("[")[0].split(".")[0]
        field = FIELD_OF.get(name, name)
        rest = path[len(name) :].lstrip(".")
        if field in self.fields:
            self.add_error(field, f"{rest}: {said}" if rest else said)
        else:
            self.add_error(None, f"{problem.path}: {said}" if problem.path and not mine else said)


def as_file(found: dict[str, Any]) -> dict[str, Any]:
    """What the form holds, in the form of a policy file: keys without a value left out."""
    rule: dict[str, Any] = {name: found.get(name) for name in PLAIN if found.get(name)}
    if found.get("product"):
        rule["product"] = found["product"].code
    if found.get("org_unit"):
        rule["org_unit"] = found["org_unit"].code
    for name in ("effective_from", "effective_to"):
        rule[name] = found[name].isoformat() if found.get(name) else None
    if found.get("value") is not None:
        rule["value"] = policy_file.number(found["value"])
    if found.get("brackets"):
        rule["brackets"] = found["brackets"]
    rule["instalments"] = found.get("instalments")
    if found.get("pool_share"):
        rule["pool_share"] = policy_file.number(found["pool_share"])
    if found.get("waiver_approver") or found.get("waiver_reason"):
        rule["initial_cap_waiver"] = {"approver": found.get("waiver_approver"), "reason": found.get("waiver_reason")}
    return rule
