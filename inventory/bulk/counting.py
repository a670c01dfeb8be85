"""Counts against books, set-based. See docs/inventory.md, "Stocktakes".

What is expected is read when a count is finished: sales go on while people count, and a card that was sold
meanwhile is missed by nobody.
"""

from collections.abc import Sequence
from typing import Any

from core import sql
from inventory.models import StockMovement, Stocktake
from inventory.rules.serials import Span

EXPECTED = """
SELECT card.id, card.product_id FROM inventory_card card
 WHERE card.node_id = %(node)s AND card.state = 'in_stock' AND {chosen}"""
# The cards of the node in an order that the seed alone decides.
DRAW = """
INSERT INTO inventory_countline (stocktake_id, turn, cards, at)
SELECT %(stocktake)s, 0, int8range(id, id, '[]'), %(at)s
  FROM ({expected}) card ORDER BY hashint8extended(id, %(seed)s), id LIMIT %(sample)s
"""

SEEN = """
CREATE TEMP TABLE t_seen ON COMMIT DROP AS
SELECT DISTINCT ON (card.id) token.place, card.id, card.serial, coalesce(known.cards @> card.id, false) AS twice
  FROM unnest(%(firsts)s::text[], %(lasts)s::text[]) WITH ORDINALITY token (first, last, place)
  JOIN inventory_card card ON card.serial COLLATE "C" >= token.first AND card.serial COLLATE "C" <= token.last
       AND length(card.serial) = length(token.first)
 CROSS JOIN (SELECT range_agg(cards) AS cards FROM inventory_countline
              WHERE stocktake_id = %(stocktake)s AND turn = %(turn)s) known
 ORDER BY card.id, token.place
"""
NOTE_SEEN = """
INSERT INTO inventory_countline (stocktake_id, turn, cards, by_id, at)
SELECT %(stocktake)s, %(turn)s, int8range(min(id), max(id), '[]'), %(by)s, %(at)s
  FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM t_seen WHERE NOT twice) run
 GROUP BY island ORDER BY min(id)
"""
NOTE_UNKNOWN = """
INSERT INTO inventory_countline (stocktake_id, turn, serial, by_id, at)
SELECT %(stocktake)s, %(turn)s, serial, %(by)s, %(at)s FROM unnest(%(serials)s::text[]) serial
ON CONFLICT (stocktake_id, turn, serial) WHERE serial <> '' DO NOTHING
"""

IDS = """
SELECT card.id FROM inventory_countline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
 WHERE line.stocktake_id = %(stocktake)s AND line.turn = {turn}"""
COMPARED = """
CREATE TEMP TABLE t_expected ON COMMIT DROP AS {expected};
CREATE TEMP TABLE t_counted ON COMMIT DROP AS {counted};
ANALYZE t_expected; ANALYZE t_counted;
"""
# A card that left by a sale after the count began was there when it was seen.
CARDS = """
INSERT INTO inventory_difference (stocktake_id, kind, card_id, serial, product_id, expected, counted)
SELECT %(stocktake)s, kind, id, serial, product_id, (kind = 'missing')::int, (kind <> 'missing')::int
  FROM (SELECT 'missing' AS kind, card.id, card.serial, card.product_id
          FROM t_expected JOIN inventory_card card USING (id)
         WHERE NOT EXISTS (SELECT FROM t_counted WHERE t_counted.id = card.id)
        UNION ALL
        SELECT CASE card.state WHEN 'in_stock' THEN 'elsewhere' WHEN 'in_transit' THEN 'in_transit'
                    WHEN 'lost' THEN 'lost' ELSE 'gone' END, card.id, card.serial, card.product_id
          FROM t_counted JOIN inventory_card card USING (id)
         WHERE NOT (card.node_id = %(node)s AND card.state = 'in_stock')
           AND NOT (card.state IN ('activated', 'sold')
                    AND EXISTS (SELECT FROM inventory_cardchange change
                                 WHERE change.cards @> card.id AND change.at >= %(started)s))) found
 ORDER BY kind, id
"""
UNKNOWN = """
INSERT INTO inventory_difference (stocktake_id, kind, serial, expected, counted)
SELECT stocktake_id, 'unknown', serial, 0, 1 FROM inventory_countline
 WHERE stocktake_id = %(stocktake)s AND turn = 1 AND serial <> '' ORDER BY serial
"""
MATERIALS = """
INSERT INTO inventory_difference (stocktake_id, kind, product_id, expected, counted)
SELECT %(stocktake)s, 'quantity', product.id, coalesce(holding.in_stock, 0), coalesce(line.quantity, 0)
  FROM inventory_product product
  LEFT JOIN inventory_holding holding ON holding.product_id = product.id AND holding.node_id = %(node)s
  LEFT JOIN inventory_countline line ON line.product_id = product.id AND line.stocktake_id = %(stocktake)s
       AND line.turn = 1
 WHERE product.item_kind = 'material' AND {chosen}
   AND coalesce(holding.in_stock, 0) <> coalesce(line.quantity, 0)
 ORDER BY product.code
"""
# The second count decides what is disputed; what was sold meanwhile is no difference any more.
RECOUNTED = """
UPDATE inventory_difference difference
   SET recounted = again.seen,
       stands = CASE difference.kind
                WHEN 'missing' THEN again.seen = 0 AND again.here
                WHEN 'quantity' THEN again.seen <> difference.expected
                ELSE again.seen = 1 AND NOT again.here END
  FROM (SELECT disputed.id, coalesce(card.node_id = %(node)s AND card.state = 'in_stock', false) AS here,
               CASE disputed.kind WHEN 'quantity' THEN coalesce(material.quantity, 0)
                    WHEN 'unknown' THEN (unknown.id IS NOT NULL)::int
                    ELSE (counted.id IS NOT NULL)::int END AS seen
          FROM inventory_difference disputed
          LEFT JOIN inventory_card card ON card.id = disputed.card_id
          LEFT JOIN t_counted counted ON counted.id = disputed.card_id
          LEFT JOIN inventory_countline unknown ON disputed.kind = 'unknown'
               AND unknown.stocktake_id = %(stocktake)s AND unknown.turn = %(turn)s AND unknown.serial = disputed.serial
          LEFT JOIN inventory_countline material ON disputed.kind = 'quantity'
               AND material.stocktake_id = %(stocktake)s AND material.turn = %(turn)s
               AND material.product_id = disputed.product_id
         WHERE disputed.stocktake_id = %(stocktake)s) again
 WHERE difference.id = again.id
"""
# A material's books are those of now.
BOOKS_NOW = """
UPDATE inventory_difference difference SET expected = coalesce(holding.in_stock, 0)
  FROM inventory_difference disputed
  LEFT JOIN inventory_holding holding ON holding.node_id = %(node)s AND holding.product_id = disputed.product_id
 WHERE difference.id = disputed.id AND disputed.stocktake_id = %(stocktake)s AND disputed.kind = 'quantity'
"""

# The lines of an adjustment: cards of one kind of difference, and materials too many or too few.
ADJUST_CARDS = """
INSERT INTO inventory_movementline (movement_id, product_id, quantity, cards)
SELECT %(movement)s, product_id, count(*), int8range(min(id), max(id), '[]')
  FROM (SELECT card.id, card.product_id,
               card.id - row_number() OVER (PARTITION BY card.product_id ORDER BY card.id) AS island
          FROM inventory_difference difference JOIN inventory_card card ON card.id = difference.card_id
         WHERE difference.stocktake_id = %(stocktake)s AND difference.stands AND difference.kind = %(kind)s
           AND (%(from)s::bigint IS NULL OR card.node_id = %(from)s)) run
 GROUP BY product_id, island ORDER BY min(id)
"""
ADJUST_MATERIALS = """
INSERT INTO inventory_movementline (movement_id, product_id, quantity)
SELECT %(movement)s, product_id, abs(coalesce(recounted, counted) - expected)
  FROM inventory_difference
 WHERE stocktake_id = %(stocktake)s AND stands AND kind = 'quantity'
   AND sign(coalesce(recounted, counted) - expected) = %(sign)s
 ORDER BY product_id
"""
TO_ADJUST = """
SELECT DISTINCT CASE difference.kind WHEN 'quantity'
                THEN CASE WHEN coalesce(recounted, counted) < expected THEN 'missing' ELSE 'lost' END
                ELSE difference.kind END AS kind,
       CASE difference.kind WHEN 'elsewhere' THEN card.node_id END AS node
  FROM inventory_difference difference LEFT JOIN inventory_card card ON card.id = difference.card_id
 WHERE difference.stocktake_id = %(stocktake)s AND difference.stands
   AND difference.kind IN ('missing', 'lost', 'elsewhere', 'quantity')
 ORDER BY 1, 2
"""


def _params(stocktake: Stocktake, **more: Any) -> dict[str, Any]:
    chosen = [product.pk for product in stocktake.products.all()]
    return {
        "stocktake": stocktake.pk,
        "node": stocktake.node_id,
        "products": chosen,
        "started": stocktake.started_at,
        "turn": stocktake.turn,
        **more,
    }


def _expected(params: dict[str, Any]) -> str:
    return EXPECTED.format(chosen="card.product_id = ANY(%(products)s)" if params["products"] else "true")


def draw(stocktake: Stocktake, at: Any) -> int:
    """Draw the cards of a sample; how many there were to draw."""
    params = _params(stocktake, seed=stocktake.seed, sample=stocktake.sample, at=at)
    return sql.execute(DRAW.format(expected=_expected(params)), params)


def note_seen(stocktake: Stocktake, spans: Sequence[Span], *, by: Any, at: Any) -> tuple[int, int, set[int]]:
    """Note the cards of the spans as seen.

    Returns how many are new to this count, how many were seen before, and the places of the spans of which
    any card is known.
    """
    params = _params(
        stocktake,
        by=by.pk,
        at=at,
        firsts=[span.first for span in spans],
        lasts=[span.last for span in spans],
    )
    sql.drop_temporary("t_seen")
    sql.execute(SEEN, params)
    sql.execute(NOTE_SEEN, params)
    row = sql.fetch_one("SELECT count(*) FILTER (WHERE NOT twice) AS added, count(*) AS known FROM t_seen") or {}
    places = {one["place"] - 1 for one in sql.fetch_all("SELECT DISTINCT place FROM t_seen")}
    return row["added"], row["known"] - row["added"], places


def note_unknown(stocktake: Stocktake, serials: Sequence[str], *, by: Any, at: Any) -> None:
    """Note serials that no card has."""
    sql.execute(NOTE_UNKNOWN, _params(stocktake, by=by.pk, at=at, serials=list(serials)))


def compare(stocktake: Stocktake) -> tuple[int, int]:
    """Write the differences of the first count; how many cards were expected and how many counted."""
    params = _params(stocktake)
    expected = IDS.format(turn=0) if stocktake.sample else _expected(params)
    if stocktake.sample:
        expected += " AND card.node_id = %(node)s AND card.state = 'in_stock'"
    _compared(expected, IDS.format(turn=1), params)
    sql.execute(CARDS, params)
    sql.execute(UNKNOWN, params)
    if not stocktake.sample:
        chosen = "product.id = ANY(%(products)s)" if params["products"] else "true"
        sql.execute(MATERIALS.format(chosen=chosen), params)
    return (
        sql.fetch_value("SELECT count(*) FROM t_expected"),
        sql.fetch_value("SELECT count(*) FROM t_counted"),
    )


def compare_again(stocktake: Stocktake) -> None:
    """Let the second count decide the differences of the first."""
    params = _params(stocktake)
    sql.execute(BOOKS_NOW, params)
    _compared("SELECT NULL::bigint AS id WHERE false", IDS.format(turn="%(turn)s"), params)
    sql.execute(RECOUNTED, params)


def _compared(expected: str, counted: str, params: dict[str, Any]) -> None:
    sql.drop_temporary("t_expected", "t_counted")
    sql.execute(COMPARED.format(expected=expected, counted=counted), params)


def to_adjust(stocktake: Stocktake) -> list[tuple[str, int | None]]:
    """What adjustments the standing differences need: missing, lost, or elsewhere with the node that the books say."""
    return [(row["kind"], row["node"]) for row in sql.fetch_all(TO_ADJUST, _params(stocktake))]


def fill_adjustment(movement: StockMovement, stocktake: Stocktake, kind: str) -> None:
    """Put the standing differences of the kind into the lines.

    Missing cards and materials too few leave the node, lost cards and materials too many come in.
    """
    origin = movement.origin_id if kind == "elsewhere" else None
    sign = {"missing": -1, "lost": 1}.get(kind, 0)
    params = _params(stocktake, movement=movement.pk, kind=kind, sign=sign, **{"from": origin})
    sql.execute(ADJUST_CARDS, params)
    if sign:
        sql.execute(ADJUST_MATERIALS, params)
