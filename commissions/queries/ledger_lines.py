"""What holds of commission lines: each query finds where it does not. See docs/commissions.md, "Invariants".

Every query looks at one county (`county`) and its live batches (`batches`). `{lines}` is
the table of all lines, with what was detached from it; `t_book_part` holds the instalments
of the rules, `t_book_settled` what was settled of each record and kind.
"""

from django.utils.translation import gettext_lazy as _

from core.ledgers import Check

PARTS = """
CREATE TEMP TABLE t_book_part ON COMMIT DROP AS
SELECT rule.id AS rule_id, part.place::smallint AS instalment, (item ->> 'offset')::integer AS months,
       sum((item ->> 'share')::numeric) OVER upto - (item ->> 'share')::numeric AS before,
       sum((item ->> 'share')::numeric) OVER upto AS after, rule.pool_share
  FROM commissions_commissionrule rule, jsonb_array_elements(rule.instalments) WITH ORDINALITY AS part (item, place)
WINDOW upto AS (PARTITION BY rule.id ORDER BY place);
ANALYZE t_book_part;
"""
SETTLED = """
CREATE TEMP TABLE t_book_settled ON COMMIT DROP AS
SELECT record_id, kind, count(*) AS lines, count(DISTINCT instalment) AS instalments, max(instalment) AS last,
       sum(amount + withheld) AS given, array_agg(instalment ORDER BY instalment) AS which
  FROM {lines} line
 WHERE batch_id = ANY(%(batches)s::bigint[]) AND line_type = 'record'
 GROUP BY record_id, kind;
ANALYZE t_book_settled;
"""
# The lines beside the records, of all counties: few, kept for what holds across counties.
EXTRA_TABLE = """
CREATE TEMP TABLE t_book_extra ON COMMIT DROP AS
SELECT line.*, NULL::bigint AS county_id FROM commissions_commissionline line WHERE false
"""
EXTRA = """
INSERT INTO t_book_extra
SELECT line.*, %(county)s FROM {lines} line
 WHERE batch_id = ANY(%(batches)s::bigint[]) AND line_type <> 'record'
"""

SALE = "'sale ' || coalesce(sale.event_no, broken.record_id::text) || ' ' || broken.kind"
NAMED_SALE = f"""
SELECT {SALE} AS what, broken.found, broken.expected, %(county)s AS unit
  FROM ({{query}}) broken LEFT JOIN inventory_salesrecord sale ON sale.id = broken.record_id ORDER BY 1
"""  # noqa: S608 - constants
NAMED_LINE = """
SELECT concat_ws(' ', 'batch', batch.number, 'dealer', dealer.code, 'line', broken.id & 4294967295, broken.line_type,
                 sale.event_no, nullif(broken.kind, ''), broken.instalment, nullif(broken.reference, '')) AS what,
       broken.found, broken.expected, batch.county_id AS unit
  FROM ({query}) broken
  LEFT JOIN commissions_settlementbatch batch ON batch.id = broken.batch_id
  LEFT JOIN dealers_dealer dealer ON dealer.id = broken.dealer_id
  LEFT JOIN inventory_salesrecord sale ON sale.id = broken.record_id
 ORDER BY broken.id
"""
LINE = """line.id, line.batch_id, line.dealer_id, line.record_id, line.line_type, line.kind, line.instalment,
                CASE WHEN line.line_type IN ('record', 'clawback') THEN '' ELSE line.reason END AS reference"""


def _of_line(condition: str, *, found: str, expected: str, joins: str = "", table: str = "{lines}") -> str:
    where = "line.batch_id = ANY(%(batches)s::bigint[]) AND " if table == "{lines}" else ""
    return NAMED_LINE.format(
        query=f"""SELECT {LINE}, {found} AS found, {expected} AS expected
                    FROM {table} line {joins} WHERE {where}({condition})"""  # noqa: S608
    )


def _of_sale(query: str) -> str:
    return NAMED_SALE.format(query=query)


SHARE = "round(known.total * part.after, 2) - round(known.total * part.before, 2)"
POOL = "CASE WHEN line.amount > 0 THEN round(line.amount * part.pool_share, 2) ELSE 0 END"
PRICED = """
  LEFT JOIN commissions_entitlement known ON known.record_id = line.record_id AND known.kind = line.kind
       AND known.county_id = %(county)s
  LEFT JOIN t_book_part part ON part.rule_id = line.rule_id AND part.instalment = line.instalment"""

COUNTY_CHECKS = {
    "settled_once": Check(
        "lines",
        _("Each instalment of a sale is settled at most once among live batches."),
        _of_sale("""SELECT record_id, kind, 'instalments ' || array_to_string(which, ', ') AS found,
                           'each once' AS expected
                      FROM t_book_settled WHERE lines > instalments"""),
    ),
    "line_adds_up": Check(
        "lines",
        _("Every line is its part for the pool plus what is payable."),
        _of_line(
            "line.amount <> line.pool_amount + line.payable",
            found="line.amount::text",
            expected="(line.pool_amount + line.payable)::text",
        ),
    ),
    "line_earned_or_withheld": Check(
        "lines",
        _("A line is earned, or withheld with a reason, never both."),
        _of_line(
            "line.withheld <> 0 AND line.amount <> 0"
            " OR line.line_type = 'record' AND (line.reason = '') = (line.withheld <> 0)"
            " AND NOT (line.amount = 0 AND line.withheld = 0)",
            found="line.amount || ' / ' || line.withheld || ' ' || line.reason",
            expected="'one of the two, with a reason if it is withheld'",
        ),
    ),
    "line_as_priced": Check(
        "lines",
        _("Every commission line is the share of an instalment of what its sale was priced at, with its pool part."),
        _of_line(
            f"""line.line_type = 'record' AND (known.record_id IS NULL OR part.rule_id IS NULL
                 OR (known.rule_id, known.dealer_id, known.total) IS DISTINCT FROM
                    (line.rule_id, line.dealer_id, line.total)
                 OR line.due_month <> known.event_month + make_interval(months => part.months)
                 OR line.amount + line.withheld <> {SHARE} OR line.pool_amount <> {POOL})""",
            found="concat_ws(' ', line.due_month, 'of', line.total, 'share', line.amount + line.withheld,"
            " 'pool', line.pool_amount)",
            expected=f"""coalesce(concat_ws(' ', (known.event_month + make_interval(months => part.months))::date,
                                  'of', known.total, 'share', {SHARE}, 'pool', {POOL}), 'a priced sale')""",
            joins=PRICED,
        ),
    ),
    "totals_hold": Check(
        "records",
        _("Of each priced sale: what was given, withheld and is not yet due is its total."),
        _of_sale("""SELECT known.record_id, known.kind,
                           (settled.given + coalesce(later.amount, 0))::text AS found, known.total::text AS expected
                      FROM commissions_entitlement known
                      JOIN t_book_settled settled USING (record_id, kind)
                      LEFT JOIN LATERAL (
                           SELECT sum(round(known.total * part.after, 2)
                                      - round(known.total * part.before, 2)) AS amount
                             FROM t_book_part part
                            WHERE part.rule_id = known.rule_id AND part.instalment <> ALL(settled.which)) later ON true
                     WHERE known.batch_id = ANY(%(batches)s::bigint[])
                       AND settled.given + coalesce(later.amount, 0) <> known.total"""),
    ),
    "due_is_settled": Check(
        "records",
        _("Whatever fell due by a county's latest monthly batch is settled, in the order of the instalments."),
        _of_sale("""SELECT known.record_id, known.kind, coalesce(settled.last, 0) || ' instalments' AS found,
                           greatest(due.instalments, settled.last) || ' instalments' AS expected
                      FROM commissions_entitlement known
                      JOIN (SELECT owner.id, owner.kind AS period_kind,
                                   (SELECT max(monthly.month) FROM commissions_settlementbatch monthly
                                     WHERE monthly.id = ANY(%(batches)s::bigint[]) AND monthly.kind = 'monthly'
                                       AND monthly.lines_at >= owner.lines_at) AS upto
                              FROM commissions_settlementbatch owner
                             WHERE owner.id = ANY(%(batches)s::bigint[])) owner ON owner.id = known.batch_id
                      LEFT JOIN t_book_settled settled USING (record_id, kind)
                      JOIN LATERAL (
                           SELECT count(*) AS instalments FROM t_book_part part
                            WHERE part.rule_id = known.rule_id
                              AND (known.event_month + make_interval(months => part.months) <= owner.upto
                                   OR owner.period_kind = 'weekly' AND part.instalment = 1)) due ON true
                     WHERE known.batch_id = ANY(%(batches)s::bigint[])
                       AND (coalesce(settled.instalments, 0) < due.instalments
                            OR coalesce(settled.instalments, 0) <> coalesce(settled.last, 0))"""),
    ),
    "not_before_due": Check(
        "lines",
        _("Nothing is settled before it is due; a weekly batch takes first instalments only."),
        _of_line(
            "line.line_type = 'record' AND line.due_month > batch.month"
            " AND NOT (batch.kind = 'weekly' AND line.instalment = 1)"
            " OR batch.kind = 'weekly' AND (line.line_type <> 'record' OR line.instalment <> 1)",
            found="concat_ws(' ', line.line_type, line.due_month)",
            expected="CASE batch.kind WHEN 'weekly' THEN 'first instalments' ELSE 'up to ' || batch.month END",
            joins="JOIN commissions_settlementbatch batch ON batch.id = line.batch_id",
        ),
    ),
}

# Across counties: prices, and over t_book_extra what enters one live batch only.
EXTRA_CHECKS = {
    "priced_by_live": Check(
        "prices",
        _("Each price of a sale belongs to a live batch of its county."),
        f"""SELECT {SALE} AS what, coalesce(owner.number || ' ' || owner.state, 'batch ' || broken.batch_id) AS found,
                  'a live batch of the county' AS expected, broken.county_id AS unit
             FROM commissions_entitlement broken
             LEFT JOIN commissions_settlementbatch owner ON owner.id = broken.batch_id
             LEFT JOIN inventory_salesrecord sale ON sale.id = broken.record_id
            WHERE owner.id IS NULL OR owner.state = 'void' OR owner.lines_at IS NULL
               OR owner.county_id <> broken.county_id
            ORDER BY 1""",  # noqa: S608 - constants
    ),
    "entry_once": Check(
        "extra",
        _("A penalty, an adjustment and a subsidy's or deduction's month enter one live batch only."),
        """SELECT concat_ws(' ', line.line_type, 'dealer', dealer.code, to_char(line.due_month, 'YYYY-MM'),
                            line.key) AS what,
                  string_agg(batch.number, ', ' ORDER BY batch.number) AS found, 'one line' AS expected,
                  min(line.county_id) AS unit
             FROM (SELECT *, CASE line_type WHEN 'subsidy' THEN reason ELSE '' END AS key
                     FROM t_book_extra WHERE line_type IN ('subsidy', 'deduction')) line
             JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
             LEFT JOIN dealers_dealer dealer ON dealer.id = line.dealer_id
            GROUP BY line.line_type, dealer.code, line.due_month, line.key
           HAVING count(*) > 1
            UNION ALL
           SELECT concat_ws(' ', line.line_type, line.reason), string_agg(batch.number, ', ' ORDER BY batch.number),
                  'one line', min(line.county_id)
             FROM t_book_extra line JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
            WHERE line.line_type IN ('penalty', 'adjustment')
            GROUP BY line.line_type, line.reason HAVING count(*) > 1 ORDER BY 1""",
    ),
    "entry_has_source": Check(
        "extra",
        _("Every penalty names a violation of its dealer, every adjustment an approved one of the same amount."),
        _of_line(
            """line.line_type = 'penalty' AND violation.reference IS NULL
               OR line.line_type = 'adjustment' AND (adjustment.reference IS NULL OR adjustment.amount <> line.amount
                                                     OR adjustment.state <> 'approved')
               OR line.amount > 0 AND line.line_type IN ('penalty', 'deduction')
               OR line.amount < 0 AND line.line_type = 'subsidy'""",
            found="concat_ws(' ', line.reason, line.amount)",
            expected="coalesce(violation.reference, concat_ws(' ', adjustment.reference, adjustment.amount))",
            joins="""
  LEFT JOIN audits_violation violation ON line.line_type = 'penalty' AND violation.reference = line.reason
       AND violation.dealer_id = line.dealer_id
  LEFT JOIN commissions_adjustment adjustment ON line.line_type = 'adjustment' AND adjustment.reference = line.reason
       AND adjustment.dealer_id = line.dealer_id""",
            table="t_book_extra",
        ),
    ),
    "clawback_reverses": Check(
        "extra",
        _("Every clawback reverses an approved line of the same sale, once, and takes no more than its pool part."),
        _of_line(
            """line.line_type = 'clawback' AND (original.id IS NULL OR line.times > 1
               OR (original.record_id, original.kind, original.instalment, original.dealer_id) IS DISTINCT FROM
                  (line.record_id, line.kind, line.instalment, line.dealer_id)
               OR original.amount <> -line.amount
               OR abs(line.pool_amount) > original.pool_amount OR line.pool_amount > 0)""",
            found="concat_ws(' ', line.amount, 'pool', line.pool_amount,"
            " CASE WHEN line.times > 1 THEN line.times || ' times' END)",
            expected="coalesce(-original.amount || ' pool at most ' || -original.pool_amount, 'an approved line')",
            joins="""
  LEFT JOIN (SELECT line.* FROM {lines} line JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
              WHERE line.batch_id = ANY(%(origins)s::bigint[]) AND batch.state IN ('approved', 'paying', 'paid')
                AND line.line_type = 'record' AND line.id = ANY(%(originals)s::bigint[])
            ) original ON original.id = line.origin""",
            table="(SELECT *, count(*) OVER (PARTITION BY line_type, record_id, kind, instalment) AS times"
            " FROM t_book_extra WHERE line_type = 'clawback')",
        ),
    ),
}
