"""Settlement, first part: price each record once, and list what nothing prices.

The large tables are joined in SQL; which rule fits is decided by `commissions.rules`
for the few distinct combinations of business, product, tier, place and dates that occur.
See docs/commissions.md, "Which rule" and "Brackets".
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from commissions.bulk.context import Context
from commissions.models import SettlementBatch
from commissions.queries.places import EVER_ELSEWHERE
from commissions.rules import resolution, values
from core import sql
from core.periods import Month
from inventory.models import SalesRecord

# A dealer has moved if it is, or was once said to be, of another county, which then may have priced records of it.
SPANS = """
CREATE TEMP TABLE t_unit ON COMMIT DROP AS
SELECT span.dealer_id, span.from_date, span.until_date, span.org_unit_id AS unit_id, unit.county_id,
       span.dealer_id IN ({elsewhere}) AS moved
  FROM (SELECT dealer_id, org_unit_id, valid_from AS from_date,
               coalesce(lead(valid_from) OVER (PARTITION BY dealer_id ORDER BY valid_from), 'infinity') AS until_date
          FROM dealers_dealerunit
         WHERE dealer_id IN (SELECT seen.dealer_id FROM dealers_dealerunit seen
                               JOIN accounts_orgunit place ON place.id = seen.org_unit_id
                              WHERE place.county_id = %(county)s)) span
  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id;
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
# the previous batch settled are there only if something of them may be unpriced. A record is
# doubtful if another batch may have priced it.
CANDIDATES = """
CREATE TEMP TABLE t_candidate ON COMMIT DROP AS
SELECT sale.id AS record_id, sale.seller_id AS dealer_id, sale.business_type, sale.product_id,
       sale.event_date, date_trunc('month', sale.event_date::timestamp)::date AS event_month,
       sale.occurred_at, sale.event_no, sale.subscriber_no, sale.msisdn, sale.amount,
       unit.unit_id, tier.tier, unit.county_id, unit.county_id = %(county)s AS mine,
       sale.old OR unit.moved AS doubtful,
       width_bucket(sale.event_date, %(segments)s::date[]) AS segment,
       closed.dealer_id IS NOT NULL AS closed
  FROM ({arms}) sale
  JOIN t_unit unit ON unit.dealer_id = sale.seller_id
       AND sale.event_date >= unit.from_date AND sale.event_date < unit.until_date
  LEFT JOIN t_tier tier ON tier.dealer_id = sale.seller_id
       AND sale.event_date >= tier.from_date AND sale.event_date < tier.until_date
  LEFT JOIN t_closed closed ON closed.dealer_id = sale.seller_id
       AND sale.event_date >= closed.from_date AND sale.event_date < closed.until_date;
ANALYZE t_candidate (business_type, product_id, tier, unit_id, segment, record_id);
"""
SETTLED_MONTHS = """
SELECT sale.id, sale.seller_id, sale.business_type, sale.product_id, sale.event_date, sale.occurred_at,
       sale.event_no, sale.subscriber_no, sale.msisdn, sale.amount, true AS old
  FROM inventory_salesrecord sale {joins}
 WHERE sale.event_date < %(open_from)s {open}"""
# Records dealer by dealer: the planner would rather read those of all counties.
BY_DEALER = """
SELECT sale.id, sale.seller_id, sale.business_type, sale.product_id, sale.event_date, sale.occurred_at,
       sale.event_no, sale.subscriber_no, sale.msisdn, sale.amount, {old} AS old
  FROM (SELECT DISTINCT dealer_id FROM t_unit {which}) dealer
 CROSS JOIN LATERAL (SELECT * FROM inventory_salesrecord sold
                      WHERE sold.seller_id = dealer.dealer_id AND sold.event_date BETWEEN {first} AND {last}
                     OFFSET 0) sale"""
OPEN = partial(BY_DEALER.format, old="false", which="")
# Another county may have given up what it had priced of a dealer that moved.
OF_MOVED = partial(BY_DEALER.format, old="true", which="WHERE moved", first="'-infinity'::date")
NOT_OF_MOVED = "AND sale.seller_id NOT IN (SELECT dealer_id FROM t_unit WHERE moved) "
OF_DEALERS = "AND sale.seller_id IN (SELECT dealer_id FROM t_unit) "
NEVER_PRICED = """
   AND NOT EXISTS (SELECT FROM commissions_entitlement known
                    WHERE known.record_id = sale.id AND known.batch_id <> %(batch)s)"""
LISTED = """
   AND sale.id IN (SELECT record_id FROM commissions_unpricedrecord WHERE batch_id = %(previous)s)"""
# Entitlements of other counties are not counted: such a record is looked at again, and found to be priced.
KINDS_PRICED = """
  LEFT JOIN (SELECT record_id, count(*) AS kinds FROM commissions_entitlement
              WHERE batch_id IN (SELECT id FROM commissions_settlementbatch
                                  WHERE county_id IN (SELECT county_id FROM t_unit) AND id <> %(batch)s)
              GROUP BY record_id) known
       ON known.record_id = sale.id"""
NOT_FULLY_PRICED = "AND ({kinds}) > coalesce(known.kinds, 0)"

# How many records of the county's dealers there are by day, so that the next batch sees which months have got more.
BY_DAY = """
SELECT sale.event_date AS day, count(*) AS records
  FROM (SELECT DISTINCT dealer_id FROM t_unit) dealer
  JOIN inventory_salesrecord sale ON sale.seller_id = dealer.dealer_id
       AND sale.event_date BETWEEN %(since)s AND %(last_day)s
 GROUP BY 1
"""
# Who the county's dealers are is decided by these.
PLACES = ("dealers_dealerunitevent", "accounts_orgunitevent")

# The prices that a record claims, unless another batch has settled it.
CLAIMED = """
  FROM t_candidate found
  JOIN t_price price USING (business_type, product_id, tier, unit_id, segment) {joins}
 WHERE NOT found.closed
   AND ({unsettled} NOT EXISTS (SELECT FROM commissions_entitlement known
                    WHERE known.record_id = found.record_id AND known.kind = price.kind
                      AND known.batch_id <> %(batch)s))
"""

# Records of a dealer, month and bracket rule: those settled under it and those that claim it. What a record
# of the batch gets: the count that chose its bracket (of all, or up to itself), and that bracket's value.
BRACKETS = """
CREATE TEMP TABLE t_counted ON COMMIT DROP AS
WITH claims AS MATERIALIZED (
    SELECT found.record_id, found.dealer_id, found.event_month, price.rule_id, found.occurred_at, found.event_no,
           found.mine
      {claimed} AND price.bracketed
), groups AS MATERIALIZED (SELECT DISTINCT dealer_id, event_month, rule_id FROM claims WHERE mine),
members AS MATERIALIZED (
    SELECT member.*, false_sale.record_id IS NOT NULL AS is_false
      FROM (SELECT * FROM claims
             WHERE mine OR (dealer_id, event_month, rule_id) IN (SELECT * FROM groups)
            {settled}) member
      LEFT JOIN inventory_falsesale false_sale USING (record_id)
), counted AS (
    SELECT record_id, rule_id, mine, is_false, records
      FROM members
      JOIN (SELECT dealer_id, event_month, rule_id, count(*) FILTER (WHERE NOT is_false) AS records
              FROM members WHERE rule_id <> ALL(%(marginal)s::bigint[])
             GROUP BY dealer_id, event_month, rule_id) whole USING (dealer_id, event_month, rule_id)
     UNION ALL
    SELECT record_id, rule_id, mine, is_false,
           count(*) FILTER (WHERE NOT is_false)
               OVER (PARTITION BY dealer_id, event_month, rule_id ORDER BY occurred_at, event_no COLLATE "C")
      FROM members WHERE rule_id = ANY(%(marginal)s::bigint[])
)
SELECT placed.record_id, placed.rule_id, placed.at AS count, bracket.value
  FROM (SELECT record_id, rule_id, records + is_false::integer AS at FROM counted WHERE mine) placed
  JOIN t_bracket bracket ON bracket.rule_id = placed.rule_id
       AND placed.at >= bracket.from_count AND placed.at < bracket.until_count;
ANALYZE t_counted (record_id);
"""

# Another batch may have settled some of these only if it took a week, an earlier month or a dealer of two counties.
SETTLED = """UNION ALL
    SELECT known.record_id, known.dealer_id, known.event_month, known.rule_id, sale.occurred_at, sale.event_no, false
      FROM groups
      JOIN inventory_salesrecord sale ON sale.seller_id = groups.dealer_id
           AND sale.event_date >= groups.event_month AND sale.event_date < groups.event_month + interval '1 month'
      JOIN commissions_entitlement known ON known.record_id = sale.id AND known.rule_id = groups.rule_id
           AND known.batch_id <> %(batch)s"""
OTHERS_MAY_COUNT = "SELECT EXISTS (SELECT FROM t_candidate WHERE doubtful)"

COLUMNS = """record_id, kind, batch_id, county_id, dealer_id, rule_id, event_month, subscriber_no, value, count, fee,
    total"""
BASIS_AMOUNT = "CASE WHEN price.of_amount THEN coalesce(found.amount, 0) ELSE price.basis_amount END"
ENTITLED = """
SELECT record_id, kind, %(batch)s::bigint AS batch_id, %(county)s::bigint AS county_id, dealer_id, rule_id, event_month,
       subscriber_no, value, count, fee, round(value * basis_amount, 2) AS total
  FROM (SELECT found.record_id, price.kind, found.dealer_id, price.rule_id, found.event_month, found.subscriber_no,
               {value} AS value, {count} AS count, price.fee, {basis_amount} AS basis_amount
          {claimed} AND found.mine AND (price.weekly OR NOT %(weekly)s)) claim
 WHERE basis_amount IS NOT NULL
 ORDER BY record_id, kind COLLATE "C"
"""
ENTITLE = "INSERT INTO commissions_entitlement ({columns}) {entitled}"
# A recalculation writes only what it found different.
ENTITLE_AGAIN = """
CREATE TEMP TABLE t_entitled ON COMMIT DROP AS {entitled};
ANALYZE t_entitled (record_id);
DELETE FROM commissions_entitlement known
 WHERE known.batch_id = %(batch)s
   AND NOT EXISTS (SELECT FROM t_entitled same
                    WHERE same.record_id = known.record_id AND same.kind = known.kind
                      AND (same.dealer_id, same.rule_id, same.event_month, same.subscriber_no, same.value, same.total)
                        = (known.dealer_id, known.rule_id, known.event_month, known.subscriber_no, known.value,
                           known.total)
                      AND same.count IS NOT DISTINCT FROM known.count AND same.fee IS NOT DISTINCT FROM known.fee);
INSERT INTO commissions_entitlement ({columns})
SELECT {columns} FROM t_entitled fresh
 WHERE NOT EXISTS (SELECT FROM commissions_entitlement known
                    WHERE known.batch_id = %(batch)s AND known.record_id = fresh.record_id AND known.kind = fresh.kind)
 ORDER BY record_id, kind COLLATE "C";
"""
COUNTED = {
    "value": "coalesce(counted.value, price.value)",
    "count": "counted.count",
    "joins": "LEFT JOIN t_counted counted ON counted.record_id = found.record_id AND counted.rule_id = price.rule_id",
}
NOT_COUNTED = {"value": "price.value", "count": "NULL::integer", "joins": ""}

# A price without a basis amount is a share of a fee that the product does not have.
UNPRICED = """
WITH bare AS MATERIALIZED (
    SELECT found.record_id, found.closed, price.bare
      FROM t_candidate found
      LEFT JOIN (SELECT business_type, product_id, tier, unit_id, segment,
                        bool_and(basis_amount IS NULL AND NOT of_amount) AS bare
                   FROM t_price GROUP BY business_type, product_id, tier, unit_id, segment) price
           USING (business_type, product_id, tier, unit_id, segment)
     WHERE found.mine AND (found.closed OR price.bare IS NOT FALSE))
INSERT INTO commissions_unpricedrecord (batch_id, record_id, reason)
SELECT %(batch)s, record_id,
       CASE WHEN closed THEN 'after_ending' WHEN bare THEN 'no_fee' ELSE 'no_rule' END
  FROM bare
 WHERE NOT EXISTS (SELECT FROM commissions_entitlement known WHERE known.record_id = bare.record_id)
"""


def forget(context: Context) -> None:
    """Drop the list of unpriced records that an earlier calculation of this batch made."""
    sql.execute("DELETE FROM commissions_unpricedrecord WHERE batch_id = %(batch)s", context.params)


def place_dealers(context: Context) -> None:
    """The county's dealers and where they were, of which tier and closed when."""
    sql.drop_temporary("t_unit", "t_tier", "t_closed")
    sql.execute(SPANS.format(elsewhere=EVER_ELSEWHERE), context.params)


def count_records(context: Context) -> None:
    """How many records the county's dealers have in each month; nothing is counted for a week.

    Up to the first month that anything came in for, the numbers are those that were noted. `place_dealers` came before.
    """
    if context.weekly:
        return
    since, found = _noted(context)
    for row in sql.fetch_all(BY_DAY, {**context.params, "since": since}):
        found[str(Month.of(row["day"]))] += row["records"]
    context.records = dict(found)


def _noted(context: Context) -> tuple[date, Counter[str]]:
    """The day before which the numbers are known, and these: by the batch's last calculation or the previous batch."""
    sold = SalesRecord._meta.db_table
    for batch in filter(None, (context.batch, context.previous)):
        then = batch.inputs
        same_dealers = all(then.get("versions", {}).get(name) == context.versions[name] for name in PLACES)
        if "arrivals" in then and same_dealers and then["facts"].get(sold) == context.facts.get(sold):
            more = [name for name, version in context.arrivals.items() if then["arrivals"].get(name) != version]
            since = min([Month.of(batch.month) + 1, *map(Month.parse, more)])
            return since.first, Counter({n: count for n, count in then["months"].items() if Month.parse(n) < since})
    return date.min, Counter()


def price_records(context: Context) -> None:
    """Write the entitlements that this batch owns and the records that nothing prices. `place_dealers` came before."""
    params = {**context.params, "previous": context.previous.pk if context.previous else None}
    sql.drop_temporary("t_candidate", "t_price", "t_bracket", "t_counted", "t_entitled")
    sql.execute(CANDIDATES.format(arms=_arms(context)), params)
    _write_prices(context)
    unsettled = "" if context.shared else "NOT found.doubtful OR"
    counts = any(rule.brackets for rule in context.values.values()) and not context.weekly
    if counts:
        _write_brackets(context)
        settled = context.shared or sql.fetch_value(OTHERS_MAY_COUNT)
        claimed = CLAIMED.format(unsettled=unsettled, joins="")
        statement = BRACKETS.format(claimed=claimed, settled=SETTLED if settled else "")
        sql.execute(statement, {**params, "marginal": _marginal(context)})
    how = COUNTED if counts else NOT_COUNTED
    claimed = CLAIMED.format(unsettled=unsettled, joins=how["joins"])
    entitled = ENTITLED.format(value=how["value"], count=how["count"], basis_amount=BASIS_AMOUNT, claimed=claimed)
    again = sql.fetch_value("SELECT EXISTS (SELECT FROM commissions_entitlement WHERE batch_id = %(batch)s)", params)
    sql.execute((ENTITLE_AGAIN if again else ENTITLE).format(columns=COLUMNS, entitled=entitled), params)
    sql.execute(UNPRICED, params)


def _arms(context: Context) -> str:
    """The records of the open months or of the week, and what the settled months may still hold."""
    if context.weekly:
        return OPEN(first="%(first_day)s", last="%(last_day)s")
    if context.previous is None:
        return OPEN(first="'-infinity'::date", last="%(last_day)s")
    arms = [OPEN(first="%(open_from)s", last="%(last_day)s")]
    if not context.same_versions or _counts_unpriced(context):
        arms.append(SETTLED_MONTHS.format(joins=KINDS_PRICED, open=OF_DEALERS + _not_fully_priced(context)))
        return " UNION ALL ".join(arms)
    changed = _months_with_more(context, context.previous)
    until = min(changed[0].first if changed else date.max, (context.previous_month + 1).first)
    if changed:
        arms.append(
            SETTLED_MONTHS.format(joins="", open=f"{OF_DEALERS} AND sale.event_date >= '{until}' {NEVER_PRICED}")
        )
    listed = f"AND sale.event_date < '{until}' {NOT_OF_MOVED} {LISTED} {NEVER_PRICED}"
    arms.append(SETTLED_MONTHS.format(joins="", open=listed))
    arms.append(OF_MOVED(last=f"'{until - timedelta(days=1)}'::date") + f" WHERE true {NEVER_PRICED}")
    return " UNION ALL ".join(arms)


def _months_with_more(context: Context, previous: SettlementBatch) -> list[Month]:
    """The settled months that have other numbers of records than when the previous batch was calculated."""
    then = previous.inputs.get("months", {})
    settled = [name for name in context.records if Month.parse(name) <= context.previous_month]
    return sorted(Month.parse(name) for name in settled if then.get(name) != context.records[name])


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
                    {values.Basis.FIXED: 1, values.Basis.PERCENT_OF_FEE: found["fee"]}.get(rule.basis),
                    rule.basis == values.Basis.PERCENT_OF_AMOUNT,
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
            "basis_amount",
            "of_amount",
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
    kind varchar(10), rule_id bigint, basis_amount numeric(10, 2), of_amount boolean, value numeric(12, 4),
    bracketed boolean, fee numeric(10, 2), weekly boolean
) ON COMMIT DROP
"""


def _write_brackets(context: Context) -> None:
    rows = []
    for pk, rule in context.values.items():
        starts = [*(bracket.start for bracket in rule.brackets), 2**31 - 1]
        rows += [
            (pk, bracket.start, until, Decimal(bracket.value))
            for bracket, until in zip(rule.brackets, starts[1:], strict=True)
        ]
    sql.execute(
        """CREATE TEMP TABLE t_bracket (rule_id bigint, from_count integer, until_count integer,
                                        value numeric(12, 4)) ON COMMIT DROP"""
    )
    sql.copy_rows("t_bracket", ["rule_id", "from_count", "until_count", "value"], rows)


def _marginal(context: Context) -> list[int]:
    """The rules that count up to the record itself."""
    return [pk for pk, rule in context.values.items() if rule.bracket_mode == values.BracketMode.MARGINAL]
