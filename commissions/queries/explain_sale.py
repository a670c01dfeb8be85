"""The way from a sales record to one of its lines, step by step. See docs/commissions.md, "Why this amount"."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commissions import states, words
from commissions.models import CommissionLine, Entitlement
from commissions.queries import explain_false
from commissions.queries.explanation import Explanation, Step
from commissions.queries.policies import live_rules, rule_value
from commissions.rules import conditions, pricing, resolution, values
from core import sql
from core.periods import Month
from dealers.states import Tier
from inventory.models import FalseSale


class SaleExplainer:
    """The way from a sales record to one of its lines."""

    def __init__(self, line: CommissionLine) -> None:
        if line.rule is None or line.record is None:
            raise ValueError(f"{line} is not about a sales record.")
        self.line, self.record = line, line.record
        self.rule_row = line.rule
        self.rule = rule_value(line.rule)
        self.known = Entitlement.objects.get(record_id=line.record_id, kind=line.kind)
        self.product = line.record.product
        self.instalment = self.rule.instalments[(line.instalment or 1) - 1]
        self.at: datetime | None = line.batch.lines_at
        self.found: dict[str, Any] = {}
        self.steps: list[Step] = []

    def explanation(self) -> Explanation:
        self._event()
        self._rule()
        self._total()
        self._share()
        if self.line.line_type == "clawback":
            return self._clawback()
        self._conditions()
        self._zero()
        self._pool()
        return Explanation(self._sentence(), self.steps, self.found)

    def step(self, label: str, text: str) -> None:
        self.steps.append(Step(label, text))

    def _event(self) -> None:
        self.step(
            _("Sale"),
            _("%(event)s: %(business)s of %(product)s on %(day)s")
            % {
                "event": self.record.event_no,
                "business": self.record.get_business_type_display(),
                "product": self.product.name,
                "day": date_format(self.record.event_date, "Y-m-d"),
            },
        )

    def _rule(self) -> None:
        county = self.line.batch.county
        place = self._place()
        text = _("Rule %(code)s (%(scope)s)") % {
            "code": self.rule.code,
            "scope": words.scope_or_all(self.rule_row),
        }
        if place is not None:
            unit_path, tier = place
            chain = tuple(reversed(unit_path.strip("/").split("/")))
            facts = resolution.Facts(
                business_type=self.record.business_type,
                product=self.product.code,
                family=self.product.family,
                tier=tier,
                place=resolution.Place(chain, county.code, county.city.code if county.city else None),
                on=self.record.event_date,
            )
            rules = [rule_value(rule) for rule in live_rules(path=county.path, until=self.record.event_date)]
            ranking = resolution.resolve(rules, facts, kind=self.rule.kind).ranking
            own = next((item for item in ranking if item.rule.code == self.rule.code), None)
            others = [item for item in ranking if item.rule.code != self.rule.code]
            self.found["specificity"] = own.specificity if own else None
            self.found["other_rules"] = [{"code": item.rule.code, "specificity": item.specificity} for item in others]
            if own and others:
                best = others[0]
                text += "; " + (
                    _("it is more specific (%(own)s) than %(code)s (%(other)s)")
                    % {"own": own.specificity, "code": best.rule.code, "other": best.specificity}
                    if own.specificity > best.specificity
                    else _("it is as specific as %(code)s, and its owner lies deeper") % {"code": best.rule.code}
                    if own.specificity == best.specificity
                    else _("it was the best when the sale was first settled; %(code)s has come since")
                    % {"code": best.rule.code}
                )
            elif own:
                text += "; " + _("no other rule fits")
        self.step(_("Rule"), text)

    def _place(self) -> tuple[str, str] | None:
        """The path of the seller's unit and its tier on the day of the sale."""
        row = sql.fetch_one(
            """SELECT unit.path, tier.tier
                 FROM dealers_dealerunit span JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                 CROSS JOIN LATERAL (SELECT tier FROM dealers_dealertier tier
                                      WHERE tier.dealer_id = span.dealer_id AND tier.valid_from <= %(day)s
                                      ORDER BY valid_from DESC LIMIT 1) tier
                WHERE span.dealer_id = %(dealer)s AND span.valid_from <= %(day)s
                ORDER BY span.valid_from DESC LIMIT 1""",
            {"dealer": self.known.dealer_id, "day": self.record.event_date},
        )
        return (row["path"], row["tier"]) if row else None

    def _total(self) -> None:
        known, rule = self.known, self.rule
        self.found |= {"value": str(known.value), "total": str(known.total)}
        if rule.brackets:
            self.found["count"] = known.count
            sentence = (
                _("record %(count)s of the month by rank falls into the bracket of %(value)s")
                if rule.bracket_mode == values.BracketMode.MARGINAL
                else _("%(count)s records of the month reach the bracket of %(value)s")
            )
            self.step(_("Bracket"), sentence % {"count": known.count, "value": self._value_words()})
        total = words.yuan(known.total)
        if rule.basis == values.Basis.FIXED:
            text = _("%(total)s per record") % {"total": total}
        elif rule.basis == values.Basis.PERCENT_OF_FEE:
            self.found["fee"] = str(known.fee)
            text = _("%(rate)s of the monthly fee of %(fee)s is %(total)s") % {
                "rate": self._value_words(),
                "fee": words.yuan(known.fee),
                "total": total,
            }
        else:
            self.found["record_amount"] = str(self.record.amount or Decimal("0.00"))
            text = _("%(rate)s of the amount of %(amount)s is %(total)s") % {
                "rate": self._value_words(),
                "amount": words.yuan(self.record.amount or Decimal("0.00")),
                "total": total,
            }
        exact = known.value * self._basis_amount()
        if exact != known.total:
            self.found["unrounded"] = f"{exact.normalize():f}"
            text += "; " + _("¥%(exact)s is rounded once, to the fen") % {"exact": f"{exact.normalize():f}"}
        self.step(_("Total commission"), text)

    def _basis_amount(self) -> Decimal:
        """What the value is multiplied with, in yuan; 1 for a fixed amount."""
        if self.rule.basis == values.Basis.PERCENT_OF_FEE:
            return self.known.fee or Decimal(0)
        if self.rule.basis == values.Basis.PERCENT_OF_AMOUNT:
            return self.record.amount or Decimal(0)
        return Decimal(1)

    def _value_words(self) -> str:
        if self.rule.basis == values.Basis.FIXED:
            return words.yuan(self.known.value)
        return f"{(self.known.value * 100).normalize():f}%"

    def _share(self) -> None:
        due = pricing.schedule(self.rule, total=self.known.total, event_month=Month.of(self.record.event_date))[
            (self.line.instalment or 1) - 1
        ]
        self.found |= {"share": str(self.instalment.share), "instalment_amount": str(due.amount)}
        text = _("No. %(number)s of %(count)s, due in %(month)s: %(share)s of the total is %(amount)s") % {
            "number": due.number,
            "count": len(self.rule.instalments),
            "month": due.month,
            "share": f"{(self.instalment.share * 100).normalize():f}%",
            "amount": words.yuan(due.amount),
        }
        exact = self.known.total * self.instalment.share
        if exact != due.amount:
            text += "; " + _("¥%(exact)s is rounded so that the instalments add up to the total") % {
                "exact": f"{exact.normalize():f}"
            }
        self.step(_("Instalment"), text)

    def _conditions(self) -> None:
        reason = self.line.reason
        if reason == "clawed_back":
            self.step(_("Condition"), self._false_words())
            return
        if reason == "dealer_terminated":
            self.step(_("Condition"), self._ended_words())
            return
        if not self.instalment.conditions:
            self.step(_("Condition"), _("none: this instalment is paid in any case"))
        for condition in self.instalment.ordered_conditions:
            held = condition.test.value != reason
            found = self._value_found(condition)
            verdict = _("met") if held else _("not met")
            self.step(
                _("Condition"),
                _("%(condition)s: %(found)s – %(verdict)s")
                % {"condition": words.told(condition), "found": found, "verdict": verdict},
            )
            if not held:
                break

    def _false_words(self) -> str:
        confirmed = FalseSale.objects.filter(record_id=self.line.record_id).first()
        if confirmed is None:
            return _("The sale was confirmed false: nothing more is paid for it")
        self.found["false_sale"] = {"cause": confirmed.cause, "confirmed_on": confirmed.confirmed_on.isoformat()}
        return _("The sale was confirmed false on %(day)s (%(cause)s): nothing more is paid for it") % {
            "day": date_format(confirmed.confirmed_on, "Y-m-d"),
            "cause": confirmed.get_cause_display(),
        }

    def _ended_words(self) -> str:
        last = Month.of(self.line.due_month).last
        ended = sql.fetch_value(
            """SELECT max(from_date) FROM dealers_closed_span
                WHERE dealer_id = %s AND from_date <= %s AND (until_date IS NULL OR until_date > %s)""",
            [self.line.dealer_id, last, last],
        )
        if ended is None:
            return _("The cooperation had ended by the last day of the due month") + _(" (corrected since)")
        self.found["ended_on"] = ended.isoformat()
        return _("The cooperation ended on %(day)s: later instalments that fall due after it are not paid") % {
            "day": date_format(ended, "Y-m-d")
        }

    def _value_found(self, condition: values.Condition) -> str:
        due = Month.of(self.line.due_month)
        if condition.test == values.Test.EXCLUSIVE:
            tier = sql.fetch_value(
                """SELECT tier FROM dealers_dealertier WHERE dealer_id = %s AND valid_from <= %s
                    ORDER BY valid_from DESC LIMIT 1""",
                [self.line.dealer_id, due.last],
            )
            self.found["tier"] = tier
            return _("the store was %(tier)s") % {"tier": dict(Tier.choices).get(tier, tier)}
        if condition.test == values.Test.PURE_NEW:
            suspect = self.line.reason == "pure_new"
            self.found["reentry_suspect"] = suspect
            return _("suspected re-entry") if suspect else _("no suspicion")
        if not self.known.subscriber_no:
            return _("the sale names no subscriber")
        texts = []
        for month in conditions.months_needed(condition, due=due):
            row, corrected = self._figures(month)
            figure = _figure_words(condition, row)
            self.found.setdefault("months", {})[str(month)] = row and {
                name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()
            }
            texts.append(f"{month} {figure}" + (_(" (corrected since)") if corrected else ""))
        return ", ".join(texts)

    def _figures(self, month: Month) -> tuple[dict[str, Any] | None, bool]:
        """The subscriber's figures of the month as they were at the calculation; corrected since?"""
        params = {"no": self.known.subscriber_no, "month": month.first, "at": self.at}
        columns = "in_network, call_minutes, data_mb, billed_amount, arrears"
        former = sql.fetch_one(
            f"""SELECT {columns} FROM inventory_subscribermonthhistory
                 WHERE subscriber_no = %(no)s AND month = %(month)s AND replaced_at > %(at)s
                 ORDER BY replaced_at LIMIT 1""",  # noqa: S608
            params,
        )
        if former:
            return former, True
        current = sql.fetch_one(
            f"SELECT {columns} FROM inventory_subscribermonth WHERE subscriber_no = %(no)s AND month = %(month)s",  # noqa: S608
            params,
        )
        return current, False

    def _zero(self) -> None:
        """Why a line that nothing withholds is nothing."""
        if self.line.amount or self.line.withheld:
            return
        if self.known.total:
            text = _("The share comes to less than half a fen")
        elif not self.known.value:
            text = _("The rule pays ¥0.00 here")
        elif not self._basis_amount():
            text = _("What the rate is applied to is ¥0.00")
        else:
            text = _("The total comes to less than half a fen")
        self.step(_("Why zero"), text)

    def _pool(self) -> None:
        if self.line.pool_amount:
            self.found["pool_share"] = str(self.rule.pool_share)
            self.step(
                _("Pool"),
                _("%(share)s goes to the pool: %(pool)s; %(payable)s is paid now")
                % {
                    "share": f"{(self.rule.pool_share * 100).normalize():f}%",
                    "pool": words.yuan(self.line.pool_amount),
                    "payable": words.yuan(self.line.payable),
                },
            )

    def _clawback(self) -> Explanation:
        if original := explain_false.original(self.line, self.found):
            self.step(_("Original"), original)
        cause = dict(FalseSale.Cause.choices).get(self.line.reason, self.line.reason)
        back = words.yuan(-self.line.amount)
        self.step(
            _("Clawback"),
            _("The sale was confirmed false (%(cause)s): %(amount)s is taken back, %(pool)s of it from the pool")
            % {"cause": cause, "amount": back, "pool": words.yuan(-self.line.pool_amount)},
        )
        text = _("%(amount)s taken back for sale %(event)s: %(cause)s") % {
            "amount": back,
            "event": self.record.event_no,
            "cause": cause,
        }
        return Explanation(text, self.steps, self.found)

    def _sentence(self) -> str:
        values_ = {
            "kind": states.Kind(self.line.kind).label,
            "number": self.line.instalment,
            "amount": words.yuan(self.line.amount),
            "withheld": words.yuan(self.line.withheld),
            "total": words.yuan(self.line.total),
            "rule": self.rule.code,
        }
        if self.line.reason:
            values_["reason"] = states.Reason(self.line.reason).label
            return _("%(kind)s by rule %(rule)s, instalment %(number)s: %(withheld)s withheld – %(reason)s") % values_
        return _("%(kind)s by rule %(rule)s, instalment %(number)s of %(total)s in all: %(amount)s") % values_


def _figure_words(condition: values.Condition, row: dict[str, Any] | None) -> str:
    if row is None:
        return _("no data of the subscriber")
    if condition.test == values.Test.IN_NETWORK:
        return _("in network") if row["in_network"] else _("not in network")
    if condition.test in (values.Test.ACTIVE, values.Test.ACTIVE_MONTHS):
        return _("%(minutes)s minutes, %(data)s MB") % {
            "minutes": row["call_minutes"] or 0,
            "data": row["data_mb"] or 0,
        }
    if condition.test == values.Test.NO_ARREARS:
        return _("arrears %(amount)s") % {"amount": words.yuan(row["arrears"] or Decimal("0.00"))}
    return _("billed %(amount)s") % {"amount": words.yuan(row["billed_amount"] or Decimal("0.00"))}
