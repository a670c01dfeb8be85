"""Prices are found by their batches: one index, whose end every new batch appends to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_session"),
        ("commissions", "0014_weeks_across_months"),
        ("dealers", "0007_people"),
        ("inventory", "0051_fact_changes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="entitlement",
            name="entitlement_month",
        ),
        migrations.RemoveIndex(
            model_name="entitlement",
            name="entitlement_batch",
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["batch", "event_month"], name="entitlement_batch_month"),
        ),
    ]
