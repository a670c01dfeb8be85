import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import migrations, models

# A plan made for a few rows is kept and meets many: only hash joins do for both.
NOTE_CARDS = """
CREATE OR REPLACE FUNCTION inventory_note_cards() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET enable_mergejoin = off SET enable_hashjoin = on SET enable_seqscan = on AS $$
DECLARE
    n bigint[]; p bigint[]; s bigint[]; r bigint[]; t bigint[]; is_forged boolean; places bigint[]; documents bigint[];
BEGIN
    WITH change AS MATERIALIZED (
        SELECT id, fresh.product_id, fresh.node_id, fresh.state, fresh.movement_id, stale.node_id AS old_node,
               stale.state AS old_state, stale.movement_id AS old_movement,
               fresh.serial <> stale.serial OR fresh.product_id <> stale.product_id AS forged
          FROM fresh JOIN stale USING (id)
         WHERE fresh.node_id <> stale.node_id OR fresh.state <> stale.state
            OR fresh.movement_id IS DISTINCT FROM stale.movement_id
            OR fresh.serial <> stale.serial OR fresh.product_id <> stale.product_id
    ), noted AS (
        INSERT INTO inventory_cardchange (cards, node_id, state, movement_id, at, context_id)
        SELECT int8range(min(id), max(id), '[]'), node_id, state, movement_id, clock_timestamp(),
               (SELECT _pgh_attach_context())
          FROM (SELECT id, node_id, state, movement_id,
                       id - row_number() OVER (PARTITION BY node_id, state, movement_id ORDER BY id) AS island
                  FROM change) run
         GROUP BY node_id, state, movement_id, island ORDER BY min(id)
    ), kinds AS MATERIALIZED (
        SELECT product_id, node_id, state, movement_id, old_node, old_state, old_movement, bool_or(forged) AS forged,
               count(*) AS cards
          FROM change GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), moved AS (
        SELECT node_id, product_id, sum(stock) AS stock, sum(reserve) AS reserve, sum(transit) AS transit
          FROM (SELECT node_id, product_id, cards * (state = 'in_stock')::int AS stock,
                       cards * (state = 'in_stock' AND movement_id IS NOT NULL)::int AS reserve,
                       cards * (state = 'in_transit')::int AS transit
                  FROM kinds
                UNION ALL
                SELECT old_node, product_id, -cards * (old_state = 'in_stock')::int,
                       -cards * (old_state = 'in_stock' AND old_movement IS NOT NULL)::int,
                       -cards * (old_state = 'in_transit')::int
                  FROM kinds) part
         GROUP BY 1, 2 HAVING (sum(stock), sum(reserve), sum(transit)) <> (0, 0, 0)
    )
    SELECT array_agg(node_id), array_agg(product_id), array_agg(stock), array_agg(reserve), array_agg(transit),
           (SELECT bool_or(kinds.forged) FROM kinds),
           (SELECT array_agg(DISTINCT node_id) FROM kinds),
           (SELECT array_agg(DISTINCT movement_id) FROM kinds WHERE movement_id IS NOT NULL)
      INTO n, p, s, r, t, is_forged, places, documents FROM moved;
    IF is_forged THEN
        RAISE EXCEPTION 'A card never changes its serial or product.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM inventory_demand_ends(places, documents);
    PERFORM inventory_post_holdings(n, p, s, r, t);
    RETURN NULL;
END $$;

-- In place of foreign keys, which look once for each card: its node exists, and its document is one that nobody can
-- delete any more. (A node that ever held a card has a holding, which keeps it from being deleted.)
CREATE FUNCTION inventory_demand_ends(places bigint[], documents bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(places) place
                WHERE NOT EXISTS (SELECT FROM inventory_stocknode WHERE id = place FOR KEY SHARE))
       OR EXISTS (SELECT FROM unnest(documents) document
                   WHERE NOT EXISTS (SELECT FROM inventory_stockmovement WHERE id = document AND state <> 'draft')) THEN
        RAISE EXCEPTION 'No such node or movement.' USING ERRCODE = 'foreign_key_violation';
    END IF;
END $$;
CREATE FUNCTION inventory_demand_ends_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM inventory_demand_ends((SELECT array_agg(DISTINCT node_id) FROM fresh),
                                  (SELECT array_agg(DISTINCT movement_id) FROM fresh WHERE movement_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER demand_ends AFTER INSERT ON inventory_card REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_demand_ends_of_new();
ALTER TABLE inventory_card SET (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0046_keepers")]

    operations = [
        migrations.RemoveIndex(
            model_name="card",
            name="card_place",
        ),
        migrations.AlterField(
            model_name="card",
            name="movement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.stockmovement",
                verbose_name="movement",
            ),
        ),
        migrations.AlterField(
            model_name="card",
            name="node",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cards",
                to="inventory.stocknode",
                verbose_name="stock node",
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=BrinIndex(
                OpClass("node", name="int8_minmax_multi_ops"), autosummarize=True, name="card_node", pages_per_range=16
            ),
        ),
        migrations.RunSQL(NOTE_CARDS, migrations.RunSQL.noop),
    ]
