"""What the database itself refuses about payout rounds, change requests and their payments."""

from django.db import migrations

ROUNDS = """
CREATE FUNCTION commissions_guard_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'calculated' THEN
            PERFORM commissions_refuse(format('Round %s is submitted and cannot be deleted.', OLD.number));
        END IF;
        RETURN OLD;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('calculated', 'calculated'), ('calculated', 'submitted'),
                                      ('submitted', 'submitted'), ('submitted', 'calculated'),
                                      ('submitted', 'approved'), ('approved', 'approved'), ('approved', 'paid'),
                                      ('paid', 'paid')) THEN
        PERFORM commissions_refuse(format('Round %s does not go from %s to %s.', OLD.number, OLD.state, NEW.state));
    END IF;
    IF OLD.state IN ('approved', 'paid')
       AND (to_jsonb(OLD) - 'state' - 'paying_by_id') <> (to_jsonb(NEW) - 'state' - 'paying_by_id') THEN
        PERFORM commissions_refuse(format('Round %s is approved: its figures cannot change.', OLD.number));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_round BEFORE UPDATE OR DELETE ON commissions_poolround
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_round();

-- Rows come and go while the round is calculated; once submitted only an override touches them.
CREATE FUNCTION commissions_guard_round_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject bigint;
    now_in text;
BEGIN
    FOREACH subject IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.round_id] WHEN 'DELETE' THEN ARRAY[OLD.round_id]
                                        ELSE ARRAY[OLD.round_id, NEW.round_id] END LOOP
        SELECT state INTO now_in FROM commissions_poolround WHERE id = subject;
        IF now_in IN ('approved', 'paid') OR (now_in = 'submitted' AND TG_OP <> 'UPDATE') THEN
            PERFORM commissions_refuse('The rows of a submitted round stay as they are.');
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER guard_row BEFORE INSERT OR UPDATE OR DELETE ON commissions_poolroundrow
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_round_row();

CREATE FUNCTION commissions_guard_ratio() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject commissions_returnratio%ROWTYPE;
BEGIN
    subject := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
    IF EXISTS (SELECT FROM commissions_poolroundrow part JOIN commissions_poolround round ON round.id = part.round_id
                WHERE part.dealer_id = subject.dealer_id AND round.period = subject.round
                  AND round.state <> 'calculated')
       AND (TG_OP <> 'UPDATE' OR OLD.* IS DISTINCT FROM NEW.*) THEN
        PERFORM commissions_refuse('The round is submitted: its return ratios stay as they are.');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER guard_ratio BEFORE INSERT OR UPDATE OR DELETE ON commissions_returnratio
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_ratio();

CREATE FUNCTION commissions_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM commissions_refuse('What counts in an assessment is never changed or deleted.');
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON commissions_countyassessmentevent
    FOR EACH ROW EXECUTE FUNCTION commissions_never_changes();
"""

CHANGES = """
CREATE FUNCTION commissions_guard_pool_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'filed' OR TG_OP = 'DELETE'
       OR (to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_at'])
          <> (to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_at']) THEN
        PERFORM commissions_refuse('A change request is decided once and otherwise stays as it was filed.');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_change BEFORE UPDATE OR DELETE ON commissions_poolchange
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_pool_change();
"""

# An entry that names a round or a change request is what that document says, and nothing else.
ENTRIES = """
CREATE FUNCTION commissions_guard_pool_source() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    expected numeric;
BEGIN
    IF NEW.entry IN ('payout', 'forfeit_inactive') THEN
        IF EXISTS (SELECT FROM commissions_poolround WHERE number = NEW.source) THEN
            SELECT CASE NEW.entry WHEN 'payout' THEN -part.payout ELSE -part.forfeit END INTO expected
              FROM commissions_poolround round
              JOIN commissions_poolroundrow part ON part.round_id = round.id AND part.dealer_id = NEW.dealer_id
             WHERE round.number = NEW.source AND round.state IN ('approved', 'paid');
            IF expected IS DISTINCT FROM NEW.amount THEN
                PERFORM commissions_refuse('An entry of a round is what the approved round says.');
            END IF;
        END IF;
    ELSIF NEW.entry IN ('adjustment', 'penalty') THEN
        IF EXISTS (SELECT FROM commissions_poolchange WHERE reference = NEW.source)
           AND NOT EXISTS (SELECT FROM commissions_poolchange WHERE reference = NEW.source AND state = 'approved'
                              AND dealer_id = NEW.dealer_id AND amount = NEW.amount) THEN
            PERFORM commissions_refuse('An entry of a change request is what the approved request says.');
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_source BEFORE INSERT ON commissions_poolentry
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_pool_source();
"""

PAYMENTS = """
CREATE FUNCTION commissions_guard_pool_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM commissions_poolroundrow part JOIN commissions_poolround round ON round.id = part.round_id
                        WHERE part.id = NEW.row_id AND part.payout = NEW.amount
                          AND round.state IN ('approved', 'paid')) THEN
            PERFORM commissions_refuse('A payment is of the amount of an approved payout.');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'issued'
       OR (to_jsonb(OLD) - ARRAY['state', 'reason', 'recorded_by_id', 'recorded_at'])
          <> (to_jsonb(NEW) - ARRAY['state', 'reason', 'recorded_by_id', 'recorded_at']) THEN
        PERFORM commissions_refuse('A payment changes once, when its result is recorded.');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_pool_payment BEFORE INSERT OR UPDATE OR DELETE ON commissions_poolpayment
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_pool_payment();
"""

DROP = """
DROP TRIGGER guard_round ON commissions_poolround;
DROP TRIGGER guard_row ON commissions_poolroundrow;
DROP TRIGGER guard_ratio ON commissions_returnratio;
DROP TRIGGER append_only ON commissions_countyassessmentevent;
DROP TRIGGER guard_change ON commissions_poolchange;
DROP TRIGGER guard_source ON commissions_poolentry;
DROP TRIGGER guard_pool_payment ON commissions_poolpayment;
DROP FUNCTION commissions_guard_round, commissions_guard_round_row, commissions_guard_ratio, commissions_never_changes,
    commissions_guard_pool_change, commissions_guard_pool_source,
    commissions_guard_pool_payment;
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0007_pool_rounds")]

    operations = [migrations.RunSQL([ROUNDS, CHANGES, ENTRIES, PAYMENTS], DROP)]
