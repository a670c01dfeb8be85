"""What holds of statements and batches: each query finds where it does not. See docs/commissions.md, "Invariants".

Every query looks at one county (`county`) and its live batches (`batches`), but for
`ALL_CHECKS`, which look at everything at once.
"""

from django.utils.translation import gettext_lazy as _

from core.ledgers import Check

FIGURES = ("gross", "withheld", "pool", "subsidy", "deduction", "penalty", "clawback", "adjustments")
ALL_FIGURES = (*FIGURES, "carried_in", "net", "paid", "carried_out")


def _differences(names: tuple[str, ...], found: str, expected: str) -> tuple[str, str]:
    """SQL texts that name the figures of `found` that differ from `expected`, and the right ones."""

    def text(row: str) -> str:
        parts = ", ".join(
            f"CASE WHEN {found}.{name} IS DISTINCT FROM {expected}.{name} THEN '{name} ' || {row}.{name} END"
            for name in names
        )
        return f"concat_ws(', ', {parts})"

    return text(found), text(expected)


_found, _expected = _differences((*FIGURES, "lines"), "statement", "line")
_batch_found, _batch_expected = _differences((*ALL_FIGURES, "dealers", "lines", "unpriced"), "batch", "sums")

COUNTY_CHECKS = {
    "statement_equals_lines": Check(
        "statements",
        _("A statement is the sum of its lines, type by type."),
        f"""SELECT coalesce('statement ' || statement.number,
                            'batch ' || batch.number || ' dealer ' || dealer.code || ' without statement') AS what,
                   {_found} AS found, {_expected} AS expected, %(county)s AS unit
              FROM (SELECT batch_id, dealer_id, count(*) AS lines,
                           coalesce(sum(amount) FILTER (WHERE line_type = 'record'), 0) AS gross,
                           sum(withheld) AS withheld,
                           coalesce(sum(pool_amount) FILTER (WHERE line_type = 'record'), 0) AS pool,
                           coalesce(sum(amount) FILTER (WHERE line_type = 'subsidy'), 0) AS subsidy,
                           -coalesce(sum(amount) FILTER (WHERE line_type = 'deduction'), 0) AS deduction,
                           -coalesce(sum(amount) FILTER (WHERE line_type = 'penalty'), 0) AS penalty,
                           -coalesce(sum(payable) FILTER (WHERE line_type = 'clawback'), 0) AS clawback,
                           coalesce(sum(amount) FILTER (WHERE line_type = 'adjustment'), 0) AS adjustments
                      FROM {{lines}} one WHERE batch_id = ANY(%(batches)s::bigint[])
                     GROUP BY batch_id, dealer_id) line
              FULL JOIN (SELECT * FROM commissions_statement WHERE batch_id = ANY(%(batches)s::bigint[])) statement
                   USING (batch_id, dealer_id)
              LEFT JOIN commissions_settlementbatch batch ON batch.id = batch_id
              LEFT JOIN dealers_dealer dealer ON dealer.id = dealer_id
             WHERE ({", ".join(f"coalesce(line.{name}, 0)" for name in (*FIGURES, "lines"))})
                   IS DISTINCT FROM ({", ".join(f"statement.{name}" for name in (*FIGURES, "lines"))})
             ORDER BY 1""",  # noqa: S608 - constants
    ),
    "statement_adds_up": Check(
        "statements",
        _("A statement's net follows from its parts; it is paid or carried over, never both."),
        """SELECT 'statement ' || number AS what,
                  concat_ws(' ', 'net', net, 'paid', paid, 'carried out', carried_out) AS found,
                  concat_ws(' ', 'net', due, 'paid', greatest(due, 0), 'carried out', least(due, 0)) AS expected,
                  %(county)s AS unit
             FROM (SELECT *, gross - pool + subsidy - deduction - penalty - clawback + adjustments + carried_in AS due
                     FROM commissions_statement WHERE batch_id = ANY(%(batches)s::bigint[])) statement
            WHERE net <> due OR paid <> greatest(due, 0) OR carried_out <> least(due, 0) ORDER BY 1""",
    ),
    "one_statement": Check(
        "statements",
        _("A dealer has one statement in a batch."),
        """SELECT 'batch ' || batch.number || ' dealer ' || dealer.code AS what,
                  string_agg(statement.number, ', ' ORDER BY statement.number) AS found, 'one' AS expected,
                  %(county)s AS unit
             FROM commissions_statement statement
             JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
             JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
            WHERE statement.batch_id = ANY(%(batches)s::bigint[])
            GROUP BY batch.number, dealer.code HAVING count(*) > 1 ORDER BY 1""",
    ),
    "carried_in_once": Check(
        "carries",
        _("What a statement carries in are earlier negative rests of its dealer, each carried in once."),
        """SELECT 'statement ' || target.number AS what, target.carried_in::text AS found,
                  concat_ws(' ', coalesce(carried.amount, 0), carried.wrong) AS expected, %(county)s AS unit
             FROM commissions_statement target
             JOIN commissions_settlementbatch batch ON batch.id = target.batch_id
             LEFT JOIN LATERAL (
                  SELECT sum(source.carried_out) AS amount,
                         string_agg(source.number, ', ' ORDER BY source.number) FILTER (WHERE
                              source.dealer_id <> target.dealer_id OR earlier.state = 'void'
                              OR source.carried_out >= 0 OR source.id = target.id
                              OR earlier.month > batch.month
                              OR earlier.month = batch.month AND earlier.kind = 'monthly'
                              OR (SELECT count(*) FROM commissions_carry again
                                    JOIN commissions_statement other ON other.id = again.target_id
                                    JOIN commissions_settlementbatch live ON live.id = other.batch_id
                                   WHERE again.source_id = carry.source_id AND live.state <> 'void') > 1) AS wrong
                    FROM commissions_carry carry
                    JOIN commissions_statement source ON source.id = carry.source_id
                    JOIN commissions_settlementbatch earlier ON earlier.id = source.batch_id
                   WHERE carry.target_id = target.id) carried ON true
            WHERE target.batch_id = ANY(%(batches)s::bigint[])
              AND (target.carried_in <> coalesce(carried.amount, 0) OR carried.wrong IS NOT NULL
                   OR batch.kind = 'weekly' AND target.carried_in <> 0) ORDER BY 1""",
    ),
    "batch_equals_statements": Check(
        "batches",
        _("A batch is the sum of its statements and counts what it holds."),
        f"""SELECT 'batch ' || batch.number AS what, {_batch_found} AS found, {_batch_expected} AS expected,
                   %(county)s AS unit
              FROM commissions_settlementbatch batch
              JOIN LATERAL (SELECT {", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in ALL_FIGURES)},
                                   count(*)::integer AS dealers, coalesce(sum(lines), 0) AS lines,
                                   (SELECT count(*) FROM commissions_unpricedrecord
                                     WHERE batch_id = batch.id) AS unpriced
                              FROM commissions_statement WHERE batch_id = batch.id) sums ON true
             WHERE batch.id = ANY(%(batches)s::bigint[])
               AND ({", ".join(f"batch.{name}" for name in (*ALL_FIGURES, "dealers", "lines", "unpriced"))})
                   IS DISTINCT FROM
                   ({", ".join(f"sums.{name}" for name in (*ALL_FIGURES, "dealers", "lines", "unpriced"))})
             ORDER BY 1""",  # noqa: S608 - constants
    ),
    "kinds_sum_up": Check(
        "batches",
        _("A batch's gross of each kind is the sum of its commission lines of that kind."),
        """SELECT concat_ws(' ', 'batch', batch.number, coalesce(line.kind, known.kind)) AS what,
                  coalesce(known.gross, 0)::text AS found,
                  coalesce(line.gross, 0)::text AS expected, %(county)s AS unit
             FROM (SELECT batch_id, kind, sum(amount) AS gross FROM {lines} one
                    WHERE batch_id = ANY(%(batches)s::bigint[]) AND line_type = 'record' GROUP BY batch_id, kind) line
             FULL JOIN (SELECT batch_id, kind, gross FROM commissions_batchkind
                         WHERE batch_id = ANY(%(batches)s::bigint[])) known USING (batch_id, kind)
             JOIN commissions_settlementbatch batch ON batch.id = batch_id
            WHERE line.gross IS DISTINCT FROM known.gross ORDER BY 1""",
    ),
    "one_live_batch": Check(
        "batches",
        _("A county has one live batch of a period."),
        """SELECT period AS what, string_agg(number, ', ' ORDER BY number) AS found, 'one' AS expected,
                  %(county)s AS unit
             FROM commissions_settlementbatch
            WHERE county_id = %(county)s AND state <> 'void'
            GROUP BY period HAVING count(*) > 1 ORDER BY 1""",
    ),
    "three_people": Check(
        "batches",
        _("Submitter, reviewer, approver and paying clerk of a batch are different people."),
        """SELECT 'batch ' || batch.number AS what, string_agg(coalesce(person.username, 'nobody'), ', ') AS found,
                  'different people' AS expected, batch.county_id AS unit
             FROM commissions_settlementbatch batch
            CROSS JOIN LATERAL unnest(
                  ARRAY[submitted_by_id]
                  || CASE WHEN state IN ('reviewed', 'approved', 'paying', 'paid') THEN ARRAY[reviewed_by_id] END
                  || CASE WHEN state IN ('approved', 'paying', 'paid') THEN ARRAY[approved_by_id] END
                  || CASE WHEN paying_by_id IS NOT NULL THEN ARRAY[paying_by_id] END) step (person_id)
             LEFT JOIN accounts_user person ON person.id = step.person_id
            WHERE batch.id = ANY(%(batches)s::bigint[])
              AND batch.state IN ('submitted', 'reviewed', 'approved', 'paying', 'paid')
            GROUP BY batch.number, batch.county_id HAVING count(*) > count(DISTINCT step.person_id) ORDER BY 1""",
    ),
    "frozen_has_hash": Check(
        "batches",
        _("An approved batch still has the content hash of its approval."),
        """SELECT 'batch ' || number AS what, coalesce(nullif(content_hash, ''), 'none') AS found,
                  'a hash' AS expected, %(county)s AS unit
             FROM commissions_settlementbatch
            WHERE id = ANY(%(batches)s::bigint[]) AND state IN ('approved', 'paying', 'paid')
              AND content_hash = '' ORDER BY 1""",
    ),
}

ALL_CHECKS = {
    "lines_in_place": Check(
        "batches",
        _("The lines of every batch stand in its own part of the table of all lines, and nowhere else."),
        """SELECT concat_ws(' ', 'table', place.name) AS what,
                  CASE WHEN place.batch_id IS NULL THEN 'no table' WHEN NOT place.attached THEN 'detached'
                       ELSE 'lines of no calculated batch' END AS found,
                  coalesce(batch.number, 'no such batch') AS expected, batch.county_id AS unit
             FROM (SELECT coalesce(part.name, commissions_lines_table(batch.id)) AS name, part.batch_id,
                          coalesce(part.attached, false) AS attached, batch.id
                     FROM (SELECT class.relname AS name, substr(class.relname, 19)::bigint AS batch_id,
                                  EXISTS (SELECT FROM pg_inherits WHERE inhrelid = class.oid
                                             AND inhparent = 'commissions_commissionline'::regclass) AS attached
                             FROM pg_class class
                            WHERE class.relkind = 'r' AND class.relname ~ '^commissions_line_b[0-9]+$') part
                     FULL JOIN (SELECT * FROM commissions_settlementbatch WHERE lines_at IS NOT NULL) batch
                          ON batch.id = part.batch_id) place
             LEFT JOIN commissions_settlementbatch batch ON batch.id = coalesce(place.batch_id, place.id)
            WHERE place.id IS NULL OR place.batch_id IS NULL OR NOT place.attached
            ORDER BY 1""",
    ),
    "void_let_go": Check(
        "batches",
        _("A void batch holds neither prices of sales nor carries."),
        """SELECT 'batch ' || number AS what, concat_ws(' and ', prices, carries) AS found, 'neither' AS expected,
                  county_id AS unit
             FROM (SELECT batch.number, batch.county_id,
                          CASE WHEN EXISTS (SELECT FROM commissions_entitlement known WHERE known.batch_id = batch.id)
                               THEN 'prices' END AS prices,
                          CASE WHEN EXISTS (SELECT FROM commissions_carry carry
                                              JOIN commissions_statement target ON target.id = carry.target_id
                                             WHERE target.batch_id = batch.id) THEN 'carries' END AS carries
                     FROM commissions_settlementbatch batch WHERE batch.state = 'void') held
            WHERE prices IS NOT NULL OR carries IS NOT NULL ORDER BY 1""",
    ),
}
