"""A dealer as the API takes and gives it."""

from rest_framework import serializers

from accounts.roles import Permission
from core.api.serializers import CodeField, Personal, PersonField
from dealers.models import Dealer
from dealers.services import archive

CONTACTS = (Permission.EDIT_DEALERS, Permission.VIEW_OWN_DEALER)


class DealerOut(serializers.ModelSerializer):
    """What every list of dealers shows; positions are WGS-84 degrees."""

    org_unit = CodeField()
    parent = CodeField()
    manager = PersonField()

    class Meta:
        model = Dealer
        fields: tuple[str, ...] = (
            "code",
            "name",
            "org_unit",
            "tier",
            "stage",
            "cooperation_start",
            "agent_level",
            "parent",
            "visit_regime",
            "chain_type",
            "payout_rhythm",
            "manager",
            "latitude",
            "longitude",
        )
        read_only_fields = fields


class DealerDetailOut(DealerOut):
    """A dealer's archive. Areas in square metres."""

    location_kind = serializers.CharField(read_only=True)
    main_business = serializers.CharField(read_only=True)
    contact_name = Personal(permission=CONTACTS)
    contact_phone = Personal(permission=CONTACTS)

    class Meta(DealerOut.Meta):
        fields = (
            *DealerOut.Meta.fields,
            "legal_name",
            "credit_code",
            "location_kind",
            "address",
            "floor_area",
            "main_business",
            "boss_connected",
            "accepts_assessment",
            "exclusive_agreement",
            "special_evaluation",
            "contact_name",
            "contact_phone",
        )
        read_only_fields = fields


class DealerIn(serializers.ModelSerializer):
    """What can be changed of an archive; tier, unit, stage and manager have their own ways."""

    class Meta:
        model = Dealer
        fields = archive.EDITABLE
