"""`/amounts/` and `/receipts/`: what dealers owe for cards, and what they paid."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core import clock
from core.api.serializers import CodeField, InScope, PersonField
from core.api.viewsets import Resource
from dealers.models import Dealer
from inventory.filters_amounts import AmountFilter, ReceiptFilter
from inventory.models import DealerReceipt
from inventory.queries import amounts
from inventory.services import amounts as service


class AmountOut(serializers.ModelSerializer):
    """What a dealer owes in yuan: what is due for documents less what he paid; he may owe up to `credit_limit`."""

    org_unit = CodeField()
    due = serializers.DecimalField(14, 2, read_only=True)
    paid = serializers.DecimalField(14, 2, read_only=True)
    owes = serializers.DecimalField(14, 2, read_only=True)
    credit_limit = serializers.DecimalField(14, 2, read_only=True)

    class Meta:
        model = Dealer
        fields = ("code", "name", "org_unit", "due", "paid", "owes", "credit_limit")
        read_only_fields = fields


class Amounts(Resource):
    """Dealers within the scope and what they owe for cards."""

    permission = Permission.VIEW_AMOUNTS
    lookup_field = "code"
    serializer_class = AmountOut
    filterset_class = AmountFilter
    ordering = ("code",)
    ordering_fields = ("code", "due", "paid", "owes")

    def get_rows(self, user: Any) -> Any:
        return amounts.dealers(user)


class ReceiptOut(serializers.ModelSerializer):
    dealer = CodeField()
    entered_by = PersonField()

    class Meta:
        model = DealerReceipt
        fields = ("bank_reference", "dealer", "amount", "received_on", "note", "entered_by", "entered_at")
        read_only_fields = fields


class ReceiptIn(serializers.Serializer):
    """A negative `amount` undoes another receipt; its `note` says which and why."""

    dealer = InScope(Dealer)
    amount = serializers.DecimalField(12, 2)
    received_on = serializers.DateField()
    bank_reference = serializers.CharField(max_length=60)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class Receipts(Resource):
    """Money from dealers within the scope."""

    permission = Permission.VIEW_AMOUNTS
    permissions = {"create": Permission.ENTER_RECEIPTS}
    lookup_field = "bank_reference"
    serializer_class = ReceiptOut
    filterset_class = ReceiptFilter
    ordering = ("-received_on",)
    ordering_fields = ("bank_reference", "received_on", "amount")

    def get_rows(self, user: Any) -> Any:
        return amounts.receipts(user)

    @extend_schema(request=ReceiptIn, responses={201: ReceiptOut})
    def create(self, request: Any) -> Response:
        """Enter a receipt; a bank reference that is known is refused."""
        row = service.enter_receipt(**self.given(ReceiptIn), by=request.user, at=clock.now())
        return Response(ReceiptOut(row, context=self.get_serializer_context()).data, status=201)
