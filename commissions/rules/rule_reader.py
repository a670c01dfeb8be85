"""Reads one rule of a policy file and notes everything wrong with it.

See docs/commissions.md#rules and docs/commissions.md#policy-file.
"""

from decimal import Decimal

from commissions.rules.fields import Reader
from commissions.rules.values import (
    ONE,
    ZERO,
    Basis,
    Bracket,
    BracketMode,
    BusinessType,
    Condition,
    Instalment,
    Kind,
    Known,
    Rule,
    Test,
    Tier,
    Waiver,
)

RULE_KEYS = (
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
    "brackets",
    "instalments",
    "pool_share",
    "initial_cap_waiver",
)
MOST_OFFSET = 60
MOST_COUNT = 1_000_000
REASON_LIMIT = 500
SCOPE_LEVELS = ("county", "city")


def read_rule(reader: Reader, *, owner: str, initial_cap: Decimal, known: Known) -> Rule | None:
    """The rule in `reader`, owned by unit `owner`; None when something was noted about it.

    `initial_cap` is the largest first share that needs no waiver (0.7 = 70 %).
    """
    before = len(reader.problems)
    reader.only(RULE_KEYS)
    code = reader.text("code")
    kind = reader.choice("kind", Kind)
    business_type = reader.choice("business_type", BusinessType)
    product, family, tier, org_unit = _scope(reader, known)
    starts = reader.day("effective_from")
    ends = reader.day("effective_to", required=False)
    if starts and ends and ends < starts:
        reader.note("effective_to", "ends_before_start")
    basis = reader.choice("basis", Basis)
    value, mode, brackets = _price(reader, basis)
    waiver = _waiver(reader)
    instalments = _instalments(reader, initial_cap=initial_cap, waived=waiver is not None)
    pool_share = reader.rate("pool_share", most=ONE, required=False) or ZERO
    if pool_share and kind and kind != Kind.INCENTIVE:
        reader.note("pool_share", "pool_kind")
    if len(reader.problems) > before or not (code and kind and business_type and starts and basis):
        return None
    return Rule(
        code=code,
        kind=kind,
        business_type=business_type,
        effective_from=starts,
        effective_to=ends,
        basis=basis,
        value=value,
        brackets=brackets,
        bracket_mode=mode,
        instalments=instalments,
        pool_share=pool_share,
        owner=owner,
        product=product,
        product_family=family,
        tier=tier,
        org_unit=org_unit,
        initial_cap_waiver=waiver,
    )


def _scope(reader: Reader, known: Known) -> tuple[str | None, str | None, Tier | None, str | None]:
    product = reader.text("product", required=False)
    family = reader.text("product_family", required=False)
    tier = reader.choice("tier", Tier, required=False)
    org_unit = reader.text("org_unit", required=False)
    if reader.given("product") and reader.given("product_family"):
        reader.note("product_family", "product_and_family")
    if product and known.products is not None and product not in known.products:
        reader.note("product", "unknown_product", value=product)
    if family and known.families is not None and family not in known.families:
        reader.note("product_family", "unknown_family", value=family)
    if org_unit and known.units is not None:
        if org_unit not in known.units:
            reader.note("org_unit", "unknown_unit", value=org_unit)
        elif known.units[org_unit] not in SCOPE_LEVELS:
            reader.note("org_unit", "unit_level", value=org_unit)
    return product, family, tier, org_unit


def _price(reader: Reader, basis: Basis | None) -> tuple[Decimal | None, BracketMode | None, tuple[Bracket, ...]]:
    mode = reader.choice("bracket_mode", BracketMode, required=False)
    if reader.given("value") and reader.given("brackets"):
        reader.note("brackets", "value_and_brackets")
        return None, None, ()
    if reader.given("brackets"):
        if not reader.given("bracket_mode"):
            reader.note("bracket_mode", "mode_missing")
        return None, mode, _brackets(reader, basis)
    if not reader.given("value"):
        reader.note("value", "value_or_brackets")
        return None, None, ()
    if reader.given("bracket_mode"):
        reader.note("bracket_mode", "mode_without_brackets")
    return _value(reader, basis), None, ()


def _value(reader: Reader, basis: Basis | None) -> Decimal | None:
    """The yuan or the rate under `value`, by what the basis asks for."""
    if basis == Basis.FIXED:
        return reader.yuan("value")
    return reader.rate("value") if basis else None


def _brackets(reader: Reader, basis: Basis | None) -> tuple[Bracket, ...]:
    found: list[Bracket] = []
    before = 0
    for index, entry in enumerate(reader.objects("brackets") or ()):
        entry.only(("from", "value"))
        start = entry.whole("from", least=1, most=MOST_COUNT)
        value = _value(entry, basis)
        if start is None:
            continue
        if index == 0 and start != 1:
            entry.note("from", "first_bracket")
        if start <= before:
            entry.note("from", "brackets_not_rising")
        before = start
        if value is not None:
            found.append(Bracket(start, value))
    return tuple(found)


def _waiver(reader: Reader) -> Waiver | None:
    entry = reader.object("initial_cap_waiver")
    if entry is None:
        return None
    entry.only(("approver", "reason"))
    approver = entry.text("approver")
    reason = entry.text("reason", limit=REASON_LIMIT)
    return Waiver(approver, reason) if approver and reason else None


def _instalments(reader: Reader, *, initial_cap: Decimal, waived: bool) -> tuple[Instalment, ...]:
    found: list[Instalment] = []
    whole = True
    for index, entry in enumerate(reader.objects("instalments") or ()):
        entry.only(("offset", "share", "conditions"))
        offset = entry.whole("offset", least=0, most=MOST_OFFSET)
        share = entry.rate("share", most=ONE)
        conditions = _conditions(entry, offset)
        if offset is None or share is None:
            whole = False
            continue
        if index == 0 and offset != 0:
            entry.note("offset", "first_offset")
        if found and offset <= found[-1].offset:
            entry.note("offset", "offsets_not_rising")
        if index == 0 and share > initial_cap and not waived:
            entry.note("share", "above_cap", share=share, cap=initial_cap)
        found.append(Instalment(offset, share, conditions))
    total = sum((item.share for item in found), ZERO)
    if found and whole and total != ONE:
        reader.note("instalments", "shares_sum", sum=total)
    return tuple(found)


def _conditions(reader: Reader, offset: int | None) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for entry in reader.objects("conditions", required=False) or ():
        test = entry.choice("test", Test)
        if test is None:
            continue
        if any(item.test == test for item in found):
            entry.note("test", "duplicate_condition", test=test.value)
        k = value = None
        if test == Test.ACTIVE_MONTHS:
            entry.only(("test", "k"))
            k = entry.whole("k", least=1, most=MOST_OFFSET + 1)
            if k is not None and offset is not None and k > offset + 1:
                entry.note("k", "k_too_long", most=offset + 1)
        elif test == Test.MIN_BILLED:
            entry.only(("test", "value"))
            value = entry.yuan("value")
        else:
            entry.only(("test",))
        found.append(Condition(test, k, value))
    return tuple(found)
