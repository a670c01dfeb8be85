"""`/material-plans/` and `/material-accounts/`: what gifts and vouchers may be used for, and what became of them."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import OrgUnit
from accounts.roles import Permission
from core import clock
from core.api.serializers import CodeField, InScope, NeededReasonIn, PersonField
from core.api.viewsets import Resource, command, part
from inventory.api.movements import MovementOut, NodeField
from inventory.models import MaterialMonth, MaterialPlan
from inventory.queries import materials
from inventory.services import material as service


class PlanOut(serializers.ModelSerializer):
    org_unit = CodeField()
    made_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = MaterialPlan
        fields = (
            "number",
            "activity",
            "org_unit",
            "starts_on",
            "ends_on",
            "state",
            "made_by",
            "made_at",
            "approved_by",
        )
        read_only_fields = fields


class PlanIn(serializers.Serializer):
    activity = serializers.CharField(max_length=120)
    org_unit = InScope(OrgUnit)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class ItemOut(serializers.Serializer):
    """What the plan allows a dealer of a material, and how many are used or approved for use."""

    id = serializers.IntegerField(read_only=True)
    dealer = serializers.CharField(source="dealer.code", read_only=True)
    product = serializers.CharField(source="product.code", read_only=True)
    quantity = serializers.IntegerField(read_only=True)
    used = serializers.IntegerField(read_only=True)


class ItemsIn(serializers.Serializer):
    """Lines of dealer code, material code and quantity."""

    text = serializers.CharField(max_length=500_000)


class ItemsEnteredOut(serializers.Serializer):
    entered = serializers.IntegerField(read_only=True)


class UseIn(serializers.Serializer):
    item = serializers.IntegerField(min_value=1, max_value=2**62)
    origin = NodeField()
    quantity = serializers.IntegerField(min_value=1, max_value=10_000_000)
    purpose = serializers.CharField(max_length=200)


class MaterialPlans(Resource):
    """Plans of the user's units, and those that name one of his dealers."""

    permission = Permission.VIEW_MATERIALS
    permissions = {"create": Permission.PLAN_MATERIALS}
    lookup_field = "number"
    subject = "plan"
    serializer_class = PlanOut
    filterset_fields = ("state",)
    ordering = ("-made_at",)
    ordering_fields = ("number", "made_at")

    def get_rows(self, user: Any) -> Any:
        return materials.plans(user)

    @extend_schema(request=PlanIn, responses={201: PlanOut})
    def create(self, request: Any) -> Response:
        """A draft without items."""
        row = service.plan(**self.given(PlanIn), by=request.user, at=clock.now())
        return Response(PlanOut(row).data, status=201)

    @extend_schema(responses=ItemOut(many=True))
    @part()
    def items(self, request: Any, number: str) -> Response:
        """What it allows the dealers in the scope."""
        return Response(ItemOut(materials.items(self.get_object(), request.user), many=True).data)

    @extend_schema(request=ItemsIn, responses=ItemsEnteredOut)
    @command(permission=Permission.PLAN_MATERIALS)
    def enter(self, request: Any, number: str) -> Response:
        """Add or change items of a draft, all of the lines or none."""
        row, given = self.get_object(), self.given(ItemsIn)
        return Response({"entered": service.enter_items(plan=row, text=given["text"], by=request.user)})

    @extend_schema(request=UseIn, responses={201: MovementOut})
    @command(permission=Permission.USE_MATERIALS)
    def use(self, request: Any, number: str) -> Response:
        """Ask for a planned material; the answer is the document that others approve and carry out."""
        row, given = self.get_object(), self.given(UseIn)
        item = materials.open_items(request.user).filter(plan=row, pk=given.pop("item")).first()
        if item is None:
            raise serializers.ValidationError({"item": [_("There is no such item in the plan.")]})
        done = service.use(item=item, **given, by=request.user, at=clock.now())
        return Response(MovementOut(done).data, status=201)

    @extend_schema(request=None, responses=PlanOut)
    @command(permission=Permission.PLAN_MATERIALS)
    def submit(self, request: Any, number: str) -> Response:
        """Fix the items and ask for approval."""
        return self.step(service.submit)

    @extend_schema(request=None, responses=PlanOut)
    @command(permission=Permission.APPROVE_MATERIAL_PLANS)
    def approve(self, request: Any, number: str) -> Response:
        """Let the dealers' materials be used."""
        return self.step(service.approve)

    @extend_schema(request=NeededReasonIn, responses=PlanOut)
    @command(permission=Permission.APPROVE_MATERIAL_PLANS)
    def reject(self, request: Any, number: str) -> Response:
        """Send it back, with a reason."""
        return self.step(service.reject, NeededReasonIn)

    @extend_schema(request=None, responses=PlanOut)
    @command(permission=Permission.PLAN_MATERIALS)
    def reopen(self, request: Any, number: str) -> Response:
        """Take a rejected plan up again."""
        return self.step(service.reopen)

    @extend_schema(request=NeededReasonIn, responses=PlanOut)
    @command(permission=Permission.PLAN_MATERIALS)
    def close(self, request: Any, number: str) -> Response:
        """Nothing more is used by it."""
        return self.step(service.close, NeededReasonIn)


class MaterialMonthOut(serializers.ModelSerializer):
    """closing = opening + received − sent − used + adjusted."""

    node = CodeField()
    product = CodeField()
    reconciled_by = PersonField()

    class Meta:
        model = MaterialMonth
        fields = (
            "id",
            "node",
            "product",
            "month",
            "opening",
            "received",
            "sent",
            "used",
            "adjusted",
            "closing",
            "counted",
            "note",
            "reconciled_by",
            "reconciled_at",
        )
        read_only_fields = fields


class ReconcileIn(serializers.Serializer):
    counted = serializers.IntegerField(min_value=0, max_value=100_000_000)
    note = serializers.CharField(allow_blank=True, max_length=200, default="")


class MaterialAccounts(Resource):
    """The monthly accounts of materials at nodes within the scope."""

    permission = Permission.VIEW_MATERIALS
    subject = "account"
    serializer_class = MaterialMonthOut
    filterset_fields = ("month",)
    ordering = ("-month", "pk")
    ordering_fields = ("month",)

    def get_rows(self, user: Any) -> Any:
        return materials.accounts(user)

    @extend_schema(request=ReconcileIn, responses=MaterialMonthOut)
    @command(permission=Permission.RECONCILE_MATERIALS)
    def reconcile(self, request: Any, pk: str) -> Response:
        """Hold it against what was counted; it stands still from then on."""
        return self.step(service.reconcile, ReconcileIn)
