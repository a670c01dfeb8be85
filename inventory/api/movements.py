"""`/movements/`: the documents that move stock, and each of their steps."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core import clock
from core.api.serializers import CodeField, InScope, NeededReasonIn, PersonField
from core.api.viewsets import Resource, command, part
from inventory import states
from inventory.models import Discrepancy, Product, StockMovement, StockNode
from inventory.queries import movements
from inventory.rules.serials import LONGEST_TEXT
from inventory.services import movement as service
from inventory.services import movement_lines, movement_receipt


class MovementOut(serializers.ModelSerializer):
    """A document that moves stock; an end is null for what comes from outside or is written off."""

    origin = CodeField()
    destination = CodeField()
    made_by = PersonField()
    approved_by = PersonField()
    pair = CodeField(slug_field="number")

    class Meta:
        model = StockMovement
        fields = (
            "number",
            "kind",
            "origin",
            "destination",
            "state",
            "quantity",
            "shipped",
            "payment",
            "amount_due",
            "reason",
            "carrier",
            "due_on",
            "pair",
            "made_by",
            "made_at",
            "approved_by",
            "shipped_at",
            "received_at",
        )
        read_only_fields = fields


class NodeField(InScope):
    """The code of a node that stock can come from or go to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(StockNode, **kwargs)

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return movements.partners(request.user) if request is not None else super().get_queryset()


class MovementIn(serializers.Serializer):
    kind = serializers.ChoiceField(states.BY_HAND)
    origin = NodeField(required=False, allow_null=True, default=None)
    destination = NodeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(allow_blank=True, max_length=200, default="")
    carrier = serializers.CharField(allow_blank=True, max_length=80, default="")
    due_on = serializers.DateField(required=False, allow_null=True, default=None)


class SerialsIn(serializers.Serializer):
    """Serials, one or a range `from–to` each, separated by blanks, commas or line ends."""

    serials = serializers.CharField(max_length=LONGEST_TEXT)


class ProblemOut(serializers.Serializer):
    """Why serials were not taken: `count` of them, some named."""

    code = serializers.CharField(read_only=True)
    count = serializers.IntegerField(read_only=True)
    serials = serializers.ListField(child=serializers.CharField(), read_only=True)
    text = serializers.CharField(read_only=True)


class EnteredOut(serializers.Serializer):
    added = serializers.IntegerField(read_only=True)
    problems = ProblemOut(many=True, read_only=True)


class QuantityIn(serializers.Serializer):
    product = serializers.SlugRelatedField(slug_field="code", queryset=Product.objects.all())
    quantity = serializers.IntegerField(min_value=1, max_value=10_000_000)


class LineOut(serializers.Serializer):
    """A run of neighbouring cards, or a quantity of a counted material."""

    product = serializers.CharField(read_only=True)
    quantity = serializers.IntegerField(read_only=True)
    first = serializers.CharField(read_only=True, allow_null=True)
    last = serializers.CharField(read_only=True, allow_null=True)


class SubmitIn(serializers.Serializer):
    payment = serializers.ChoiceField(states.Payment.choices, default=states.Payment.FREE.value)


class ShipIn(serializers.Serializer):
    carrier = serializers.CharField(allow_blank=True, max_length=80, default="")


class ShortIn(serializers.Serializer):
    """How many pieces of a counted material did not arrive, and how many not whole."""

    product = serializers.SlugRelatedField(slug_field="code", queryset=Product.objects.filter(item_kind="material"))
    missing = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    damaged = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)

    def validate(self, attrs: Any) -> Any:
        return movement_receipt.Short(**attrs)


class ReceiveIn(serializers.Serializer):
    """Serials as in `serials`; with `only`, whatever it does not name is missing."""

    missing = serializers.CharField(allow_blank=True, max_length=LONGEST_TEXT, default="")
    damaged = serializers.CharField(allow_blank=True, max_length=LONGEST_TEXT, default="")
    only = serializers.CharField(allow_null=True, max_length=LONGEST_TEXT, default=None)
    materials = ShortIn(many=True, default=list)


class DiscrepancyOut(serializers.ModelSerializer):
    """A card by its `serial`, or a `quantity` of a counted material by its `product`."""

    serial = serializers.CharField(source="card.serial", read_only=True, default=None)
    product = CodeField()

    class Meta:
        model = Discrepancy
        fields = ("id", "serial", "product", "quantity", "kind", "resolution", "resolved_at")
        read_only_fields = fields


class ResolveIn(serializers.Serializer):
    discrepancies = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), allow_empty=False
    )
    quantity = serializers.IntegerField(
        min_value=1,
        max_value=10_000_000,
        allow_null=True,
        default=None,
        help_text="That many of the one chosen material.",
    )
    resolution = serializers.ChoiceField([("found", "found"), ("returned", "returned"), ("written_off", "written_off")])


class MovementFilter(django_filters.FilterSet):
    origin = django_filters.CharFilter(field_name="origin__code")
    destination = django_filters.CharFilter(field_name="destination__code")

    class Meta:
        model = StockMovement
        fields = ("kind", "state")


class Movements(Resource):
    """Stock movements with an end within the scope."""

    permission = Permission.VIEW_MOVEMENTS
    permissions = {"create": Permission.MOVE_STOCK}
    lookup_field = "number"
    subject = "movement"
    serializer_class = MovementOut
    filterset_class = MovementFilter
    ordering = ("-made_at",)
    ordering_fields = ("number", "made_at", "due_on", "quantity")

    def get_rows(self, user: Any) -> Any:
        return movements.visible(user)

    @extend_schema(request=MovementIn, responses={201: MovementOut})
    def create(self, request: Any) -> Response:
        """A draft without lines."""
        row = service.make(**self.given(MovementIn), by=request.user, at=clock.now())
        return Response(MovementOut(row).data, status=201)

    @extend_schema(responses=LineOut(many=True))
    @part()
    def lines(self, request: Any, number: str) -> Response:
        """What it moves: the first 200 lines."""
        return Response(LineOut(movements.contents(self.get_object()).lines, many=True).data)

    @extend_schema(responses=DiscrepancyOut(many=True))
    @part()
    def discrepancies(self, request: Any, number: str) -> Response:
        """What did not arrive, or arrived damaged."""
        return Response(DiscrepancyOut(movements.discrepancies(self.get_object()), many=True).data)

    @extend_schema(request=SerialsIn, responses=EnteredOut)
    @command(permission=Permission.MOVE_STOCK)
    def serials(self, request: Any, number: str) -> Response:
        """Add serials to a draft; what cannot go is named, the rest is taken."""
        row, given = self.get_object(), self.given(SerialsIn)
        done = movement_lines.enter_serials(movement=row, text=given["serials"], by=request.user)
        return Response(EnteredOut(done).data)

    @extend_schema(request=QuantityIn, responses=MovementOut)
    @command(permission=Permission.MOVE_STOCK)
    def quantity(self, request: Any, number: str) -> Response:
        """Add a quantity of a counted material, or of cards that are wanted."""
        row, given = self.get_object(), self.given(QuantityIn)
        movement_lines.enter_quantity(movement=row, by=request.user, **given)
        return Response(MovementOut(self.get_rows(request.user).get(pk=row.pk)).data)

    @extend_schema(request=SubmitIn, responses=MovementOut)
    @command(permission=Permission.MOVE_STOCK)
    def submit(self, request: Any, number: str) -> Response:
        """Fix the lines, say how a dealer pays for them, and ask for approval."""
        return self.step(service.submit, SubmitIn)

    @extend_schema(request=None, responses=MovementOut)
    @command(permission=Permission.APPROVE_MOVEMENTS)
    def approve(self, request: Any, number: str) -> Response:
        """Reserve the cards, all or none."""
        return self.step(service.approve)

    @extend_schema(request=NeededReasonIn, responses=MovementOut)
    @command(permission=Permission.APPROVE_MOVEMENTS)
    def reject(self, request: Any, number: str) -> Response:
        """Refuse it, with a reason."""
        return self.step(service.reject, NeededReasonIn)

    @extend_schema(request=NeededReasonIn, responses=MovementOut)
    @command(permission=(Permission.MOVE_STOCK, Permission.USE_MATERIALS))
    def cancel(self, request: Any, number: str) -> Response:
        """Give it up before it is shipped."""
        return self.step(service.cancel, NeededReasonIn)

    @extend_schema(request=ShipIn, responses=MovementOut)
    @command(permission=Permission.MOVE_STOCK)
    def ship(self, request: Any, number: str) -> Response:
        """Hand it over; what comes from outside or is written off is done with it."""
        return self.step(service.ship, ShipIn)

    @extend_schema(request=ReceiveIn, responses=MovementOut)
    @command(permission=Permission.MOVE_STOCK)
    def receive(self, request: Any, number: str) -> Response:
        """Take in what arrived."""
        return self.step(movement_receipt.receive, ReceiveIn)

    @extend_schema(request=ResolveIn, responses=MovementOut)
    @command(permission=(Permission.MOVE_STOCK, Permission.APPROVE_MOVEMENTS))
    def resolve(self, request: Any, number: str) -> Response:
        """Say what became of missing or damaged cards."""
        return self.step(movement_receipt.resolve, ResolveIn)
