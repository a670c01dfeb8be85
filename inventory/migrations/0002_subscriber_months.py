"""Subscriber months: a table partitioned by month, with the history of corrected figures."""

from django.db import migrations

CREATE = """
CREATE TABLE inventory_subscribermonth (
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    subscriber_no varchar(30) NOT NULL,
    county_id bigint NOT NULL REFERENCES accounts_orgunit (id),
    in_network boolean NOT NULL,
    call_minutes numeric(12, 2) CHECK (call_minutes >= 0),
    data_mb numeric(14, 2) CHECK (data_mb >= 0),
    billed_amount numeric(12, 2),
    arrears numeric(12, 2) CHECK (arrears >= 0),
    imei varchar(15) NOT NULL DEFAULT '',
    PRIMARY KEY (month, subscriber_no)
) PARTITION BY RANGE (month);

CREATE FUNCTION inventory_keep_subscriber_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_subscribermonthhistory
        (month, subscriber_no, county_id, in_network, call_minutes, data_mb, billed_amount, arrears, imei, replaced_at)
    VALUES (OLD.month, OLD.subscriber_no, OLD.county_id, OLD.in_network, OLD.call_minutes, OLD.data_mb,
            OLD.billed_amount, OLD.arrears, OLD.imei, clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER keep_history AFTER UPDATE ON inventory_subscribermonth
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION inventory_keep_subscriber_month();

CREATE FUNCTION inventory_ensure_month(wanted date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'inventory_subscribermonth_' || to_char(wanted, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('inventory_ensure_month'));
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF inventory_subscribermonth FOR VALUES FROM (%L) TO (%L)',
                           name, date_trunc('month', wanted)::date,
                           (date_trunc('month', wanted) + interval '1 month')::date);
            EXECUTE format('CREATE INDEX %I ON %I (county_id)', name || '_county', name);
        END IF;
    END IF;
END $$;
"""

DROP = """
DROP TABLE inventory_subscribermonth CASCADE;
DROP FUNCTION inventory_keep_subscriber_month();
DROP FUNCTION inventory_ensure_month(date);
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
