from django.db import migrations

GUARDS = """
-- The items of a plan are fixed as soon as it is submitted; only what is used of them goes on.
CREATE FUNCTION inventory_guard_plan_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.plan_id, NEW.dealer_id, NEW.product_id, NEW.quantity)
                            IS NOT DISTINCT FROM (OLD.plan_id, OLD.dealer_id, OLD.product_id, OLD.quantity) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM inventory_materialplan
                WHERE id = coalesce(NEW.plan_id, OLD.plan_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'The items of a plan are fixed once it is submitted.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER guard_plan_items BEFORE INSERT OR UPDATE OR DELETE ON inventory_planitem
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_plan_items();

CREATE FUNCTION inventory_guard_material_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reconciled_at IS NOT NULL THEN
        RAISE EXCEPTION 'A reconciled account stands still.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER guard_material_months BEFORE UPDATE OR DELETE ON inventory_materialmonth
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_material_months();
"""
GUARDS_BACK = """
DROP TRIGGER guard_material_months ON inventory_materialmonth;
DROP TRIGGER guard_plan_items ON inventory_planitem;
DROP FUNCTION inventory_guard_material_months, inventory_guard_plan_items;
"""


def set_up_routes(apps, schema_editor):
    Route = apps.get_model("inventory", "Route")
    for kind in ("county", "agent1", "agent2", "hall", "mobile", "direct"):
        Route.objects.get_or_create(movement_kind="use", origin_kind=kind, destination_kind="")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0043_materials")]

    operations = [
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        migrations.RunPython(set_up_routes, migrations.RunPython.noop),
    ]
