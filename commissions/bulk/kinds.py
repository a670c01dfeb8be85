"""What a batch's record lines come to by kind: what budgets of one kind are held against."""

from commissions.bulk.context import Context
from core import sql

FORGET = "DELETE FROM commissions_batchkind WHERE batch_id = %(batch)s"
WRITE = """
INSERT INTO commissions_batchkind (batch_id, kind, gross)
SELECT %(batch)s, kind, sum(amount) FROM {table} WHERE line_type = 'record' GROUP BY kind ORDER BY kind
"""


def write_kinds(context: Context) -> None:
    """Write the sums anew; the batch's record lines are in its own table already."""
    params = {"batch": context.batch.pk}
    sql.execute(FORGET, params)
    sql.execute(WRITE.format(table=context.lines_table), params)
