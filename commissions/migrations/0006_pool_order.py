"""Entries of a pool are numbered in the order in which they change its balance.

The number is taken after the account is locked, so that two approvals at once cannot number
their entries in one order and post them in the other.
"""

from django.db import migrations

POST = """
CREATE OR REPLACE FUNCTION commissions_post_pool_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commissions_poolaccount (dealer_id, balance) VALUES (NEW.dealer_id, 0) ON CONFLICT DO NOTHING;
    UPDATE commissions_poolaccount SET balance = balance + NEW.amount WHERE dealer_id = NEW.dealer_id
        RETURNING balance INTO NEW.balance;
    NEW.id := nextval(pg_get_serial_sequence('commissions_poolentry', 'id'));
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0005_budgets")]

    operations = [migrations.RunSQL(POST, migrations.RunSQL.noop)]
