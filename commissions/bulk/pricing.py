"""Settlement, first part: price each record once, and list what nothing prices.

The large tables are joined in SQL; which rule fits is decided by `commissions.rules`
for the few distinct combinations of business, product, tier, place and dates that occur.
See docs/commissions.md, "Which rule" and "Brackets".
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from commissions.bulk.context import Context
from commissions.rules import resolution, values
from core import sql

SPANS = """
CREATE TEMP TABLE t_unit ON COMMIT DROP AS
SELECT span.dealer_id, span.from_date, span.until_date, span.org_unit_id AS unit_id, unit.county_id
  FROM (SELECT dealer_id, org_unit_id, valid_from AS from_date,
               coalesce(lead(valid_from) OVER (PARTITION BY dealer_id ORDER BY valid_from), 'infinity') AS until_date
          FROM dealers_dealerunit) span
  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
 WHERE span.dealer_id IN (SELECT seen.dealer_id FROM dealers_dealerunit seen
                            JOIN accounts_orgunit place ON place.id = seen.org_unit_id
                           WHERE place.county_id = %(county)s);
CREATE TEMP TABLE t_tier ON COMMIT DROP AS
SELECT dealer_id, tier, valid_from AS from_date,
       coalesce(lead(valid_from) OVER (PARTITION BY dealer_id ORDER BY valid_from), 'infinity') AS until_date
  FROM dealers_dealertier WHERE dealer_id IN (SELECT dealer_id FROM t_unit);
CREATE TEMP TABLE t_closed ON COMMIT DROP AS
SELECT dealer_id, from_date, coalesce(until_date, 'infinity') AS until_date
  FROM dealers_closed_span WHERE dealer_id IN (SELECT dealer_id FROM t_unit);
ANALYZE t_unit; ANALYZE t_tier; ANALYZE t_closed;
"""

# Records that this batch may have to price. Records of the same dealers in other counties
# count towards brackets, so they are there too, with mine = false. Those of the months that
# the previous batch settled (old) are there only if something of them may be unpriced.
CANDIDATES = """
CREATE TEMP TABLE t_candidate ON COMMIT DROP AS
SELECT sale.id AS record_id, sale.seller_id AS dealer_id, sale.business_type, sale.product_id,
       sale.event_date, date_trunc('month', sale.event_date)::date AS event_month,
       sale.occurred_at, sale.event_no, sale.subscriber_no, sale.amount,
       unit.unit_id, tier.tier, unit.county_id, unit.county_id = %(county)s AS mine, sale.old,
       width_bucket(sale.event_date, %(segments)s::date[]) AS segment,
       closed.dealer_id IS NOT NULL AS closed
  FROM ({arms}) sale
  JOIN t_unit unit ON unit.dealer_id = sale.seller_id
       AND sale.event_date >= unit.from_date AND sale.event_date < unit.until_date
  LEFT JOIN t_tier tier ON tier.dealer_id = sale.seller_id
       AND sale.event_date >= tier.from_date AND sale.event_date < tier.until_date
  LEFT JOIN t_closed closed ON closed.dealer_id = sale.seller_id
       AND sale.event_date >= closed.from_date AND sale.event_date < closed.until_date;
ANALYZE t_candidate;
"""
ARM = """
SELECT sale.id, sale.seller_id, sale.business_type, sale.product_id, sale.event_date, sale.occurred_at,
       sale.event_no, sale.subscriber_no, sale.amount, {old} AS old
  FROM inventory_salesrecord sale
 WHERE sale.event_date BETWEEN {first} AND {last} {open}"""
NEVER_PRICED = "AND NOT EXISTS (SELECT FROM commissions_entitlement known WHERE known.record_id = sale.id)"
NOT_FULLY_PRICED = """AND ({kinds}) > (SELECT count(*) FROM commissions_entitlement known
                                         WHERE known.record_id = sale.id)"""

CLAIMS = """
CREATE TEMP TABLE t_claim ON COMMIT DROP AS
SELECT found.record_id, found.dealer_id, found.event_month, found.occurred_at, found.event_no,
       found.subscriber_no, found.mine, price.kind, price.rule_id, price.bracketed, price.value,
       NULL::integer AS count, price.fee,
       CASE price.basis WHEN 'fixed' THEN 1 WHEN 'percent_of_fee' THEN price.fee
                        ELSE coalesce(found.amount, 0) END AS basis_amount,
       price.weekly
  FROM t_candidate found
  JOIN t_price price USING (business_type, product_id, tier, unit_id, segment)
 WHERE NOT found.closed AND (found.mine OR price.bracketed)
   AND ({unsettled} NOT EXISTS (SELECT FROM commissions_entitlement known
                    WHERE known.record_id = found.record_id AND known.kind = price.kind));
ANALYZE t_claim;
"""

# Records of a dealer, month and bracket rule: those settled under it and those that claim it.
BRACKETS = """
CREATE TEMP TABLE t_counted ON COMMIT DROP AS
WITH groups AS (SELECT DISTINCT dealer_id, event_month, rule_id FROM t_claim WHERE bracketed AND mine),
members AS (
    SELECT claim.record_id, claim.dealer_id, claim.event_month, claim.rule_id, claim.occurred_at, claim.event_no
      FROM t_claim claim JOIN groups USING (dealer_id, event_month, rule_id)
    UNION ALL
    SELECT known.record_id, known.dealer_id, known.event_month, known.rule_id, sale.occurred_at, sale.event_no
      FROM commissions_entitlement known
      JOIN groups USING (dealer_id, event_month, rule_id)
      JOIN inventory_salesrecord sale ON sale.id = known.record_id
)
SELECT record_id, rule_id, false_sale.record_id IS NOT NULL AS is_false,
       count(*) FILTER (WHERE false_sale.record_id IS NULL)
           OVER (PARTITION BY dealer_id, event_month, rule_id) AS in_all,
       count(*) FILTER (WHERE false_sale.record_id IS NULL)
           OVER (PARTITION BY dealer_id, event_month, rule_id ORDER BY occurred_at, event_no COLLATE "C") AS so_far
  FROM members LEFT JOIN inventory_falsesale false_sale USING (record_id);

UPDATE t_claim claim
   SET count = bracket.at, value = bracket.value
  FROM (SELECT counted.record_id, counted.rule_id, counted.at, entry.value
          FROM (SELECT record_id, rule_id,
                       CASE WHEN marginal THEN so_far ELSE in_all END + is_false::integer AS at
                  FROM t_counted JOIN (SELECT DISTINCT rule_id, marginal FROM t_bracket) mode USING (rule_id)) counted
          JOIN t_bracket entry ON entry.rule_id = counted.rule_id
               AND counted.at >= entry.from_count AND counted.at < entry.until_count) bracket
 WHERE claim.record_id = bracket.record_id AND claim.rule_id = bracket.rule_id;
"""

ENTITLE = """
INSERT INTO commissions_entitlement
    (record_id, kind, batch_id, county_id, dealer_id, rule_id, event_month, subscriber_no, value, count, fee, total)
SELECT record_id, kind, %(batch)s, %(county)s, dealer_id, rule_id, event_month, subscriber_no, value, count, fee,
       round(value * basis_amount, 2)
  FROM t_claim
 WHERE mine AND basis_amount IS NOT NULL AND (weekly OR NOT %(weekly)s)
 ORDER BY record_id, kind
"""

UNPRICED = """
INSERT INTO commissions_unpricedrecord (batch_id, record_id, reason)
SELECT %(batch)s, found.record_id,
       CASE WHEN found.closed THEN 'after_ending'
            WHEN bool_or(claim.record_id IS NOT NULL) THEN 'no_fee' ELSE 'no_rule' END
  FROM t_candidate found
  LEFT JOIN t_claim claim ON claim.record_id = found.record_id
 WHERE found.mine
   AND NOT EXISTS (SELECT FROM commissions_entitlement known WHERE known.record_id = found.record_id)
 GROUP BY found.record_id, found.closed
HAVING NOT coalesce(bool_or(claim.basis_amount IS NOT NULL), false)
"""


def forget(context: Context) -> None:
    """Drop what an earlier calculation of this batch found."""
    sql.execute("DELETE FROM commissions_entitlement WHERE batch_id = %(batch)s", context.params)
    sql.execute("DELETE FROM commissions_unpricedrecord WHERE batch_id = %(batch)s", context.params)


def price_records(context: Context) -> None:
    """Write the entitlements that this batch owns and the records that nothing prices."""
    params = context.params
    sql.drop_temporary("t_unit", "t_tier", "t_closed", "t_candidate", "t_price", "t_claim", "t_bracket", "t_counted")
    sql.execute(SPANS, params)
    sql.execute(CANDIDATES.format(arms=_arms(context)), params)
    _write_prices(context)
    sql.execute(CLAIMS.format(unsettled="" if context.shared else "NOT found.old OR"), params)
    if any(rule.brackets for rule in context.values.values()) and not context.weekly:
        _write_brackets(context)
        sql.execute(BRACKETS, params)
    sql.execute(ENTITLE, params)
    sql.execute(UNPRICED, params)


def _arms(context: Context) -> str:
    """The records of the open months or of the week, and what the settled months may still hold."""
    if context.weekly:
        return ARM.format(old="false", first="%(first_day)s", last="%(last_day)s", open="")
    if context.previous is None:
        return ARM.format(old="false", first="'-infinity'::date", last="%(last_day)s", open="")
    shortcut = context.same_versions and not _counts_unpriced(context)
    settled = NEVER_PRICED if shortcut else _not_fully_priced(context)
    return " UNION ALL ".join(
        [
            ARM.format(old="false", first="%(open_from)s", last="%(last_day)s", open=""),
            ARM.format(old="true", first="'-infinity'::date", last="%(open_from)s::date - 1", open=settled),
        ]
    )


def _counts_unpriced(context: Context) -> bool:
    """Whether a record without a fee, priced for another kind, may count towards a bracket of this one."""
    return any(rule.brackets and rule.basis == values.Basis.PERCENT_OF_FEE for rule in context.values.values())


def _not_fully_priced(context: Context) -> str:
    """Records with fewer entitlements than kinds that any rule has for their business."""
    pairs = {(rule.business_type.value, rule.kind) for rule in context.values.values()}
    kinds = Counter(business_type for business_type, _ in pairs)
    arms = " ".join(f"WHEN '{name}' THEN {max(count, 1)}" for name, count in sorted(kinds.items()))
    return NOT_FULLY_PRICED.format(kinds=f"CASE sale.business_type {arms} ELSE 1 END" if arms else "1")


def _write_prices(context: Context) -> None:
    """Resolve the rule of each kind for every combination that occurs, into t_price."""
    rules_by_business: dict[str, list[values.Rule]] = {}
    for rule in context.values.values():
        rules_by_business.setdefault(rule.business_type, []).append(rule)
    ids = {rule.code: pk for pk, rule in context.values.items()}
    owners = {rule.owner for rule in context.values.values()}
    decided: dict[tuple[object, ...], Mapping[values.Kind, values.Rule]] = {}
    rows = []
    for found in sql.fetch_all(COMBINATIONS, context.params):
        rules = rules_by_business.get(found["business_type"])
        if not rules:
            continue
        chain = tuple(reversed(found["path"].strip("/").split("/")))
        same = (
            *(found[name] for name in ("business_type", "product_id", "tier", "segment", "county", "city")),
            *(code for code in chain if code in owners),
        )
        facts = resolution.Facts(
            business_type=found["business_type"],
            product=found["product"],
            family=found["family"],
            tier=found["tier"],
            place=resolution.Place(chain, found["county"], found["city"]),
            on=found["on_day"],
        )
        if same not in decided:
            decided[same] = resolution.resolve_kinds(rules, facts)
        for kind, rule in decided[same].items():
            rows.append(
                (
                    found["business_type"],
                    found["product_id"],
                    found["tier"],
                    found["unit_id"],
                    found["segment"],
                    kind.value,
                    ids[rule.code],
                    rule.basis.value,
                    rule.value,
                    bool(rule.brackets),
                    found["fee"],
                    not rule.brackets and not rule.instalments[0].conditions,
                )
            )
    sql.execute(PRICE_TABLE)
    sql.copy_rows(
        "t_price",
        [
            "business_type",
            "product_id",
            "tier",
            "unit_id",
            "segment",
            "kind",
            "rule_id",
            "basis",
            "value",
            "bracketed",
            "fee",
            "weekly",
        ],
        rows,
    )
    sql.execute("ANALYZE t_price")


COMBINATIONS = """
SELECT combination.*, product.code AS product, product.family, product.monthly_fee AS fee,
       unit.path, county.code AS county, city.code AS city
  FROM (SELECT business_type, product_id, tier, unit_id, segment, min(event_date) AS on_day
          FROM t_candidate WHERE NOT closed AND tier IS NOT NULL
         GROUP BY business_type, product_id, tier, unit_id, segment) combination
  JOIN inventory_product product ON product.id = combination.product_id
  JOIN accounts_orgunit unit ON unit.id = combination.unit_id
  LEFT JOIN accounts_orgunit county ON county.id = unit.county_id
  LEFT JOIN accounts_orgunit city ON city.id = unit.city_id
 ORDER BY business_type, product_id, tier, unit_id, segment
"""

PRICE_TABLE = """
CREATE TEMP TABLE t_price (
    business_type varchar(14), product_id bigint, tier varchar(10), unit_id bigint, segment integer,
    kind varchar(10), rule_id bigint, basis varchar(18), value numeric(12, 4), bracketed boolean,
    fee numeric(10, 2), weekly boolean
) ON COMMIT DROP
"""


def _write_brackets(context: Context) -> None:
    rows = []
    for pk, rule in context.values.items():
        starts = [*(bracket.start for bracket in rule.brackets), 2**31 - 1]
        for bracket, until in zip(rule.brackets, starts[1:], strict=True):
            marginal = rule.bracket_mode == values.BracketMode.MARGINAL
            rows.append((pk, marginal, bracket.start, until, Decimal(bracket.value)))
    sql.execute(
        """CREATE TEMP TABLE t_bracket (rule_id bigint, marginal boolean, from_count integer,
                                        until_count integer, value numeric(12, 4)) ON COMMIT DROP"""
    )
    sql.copy_rows("t_bracket", ["rule_id", "marginal", "from_count", "until_count", "value"], rows)
