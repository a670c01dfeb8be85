"""`/dealers/` with what hangs on a dealer."""

from typing import Any

import django_filters
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core import clock
from core.api.filters import UnitFilter
from core.api.papers import PARSERS
from core.api.serializers import Personal, PersonField, ReasonIn
from core.api.viewsets import command, part
from core.views.base import one_or_404
from dealers.api.life_cycle import LifeCycle
from dealers.api.shapes import DealerDetailOut, DealerIn, DealerOut
from dealers.models import Dealer, DealerAccount
from dealers.queries import history
from dealers.services import account, archive

READ = (Permission.VIEW_DEALERS, Permission.VIEW_OWN_DEALER)


class SpanOut(serializers.Serializer):
    """Days on which something held, both included; `last` is null while it lasts."""

    first = serializers.DateField(read_only=True)
    last = serializers.DateField(read_only=True, allow_null=True)
    value = serializers.CharField(read_only=True)


class DealerHistoryOut(serializers.Serializer):
    """The newest first: tiers, units by name, and the times in which the dealer was terminated."""

    tiers = SpanOut(many=True, read_only=True)
    units = SpanOut(many=True, read_only=True)
    closed = SpanOut(many=True, read_only=True)


class AccountOut(serializers.ModelSerializer):
    """A payment account; who neither enters, verifies nor pays sees its last digits only."""

    number = Personal(permission=(Permission.VERIFY_ACCOUNTS, Permission.PAY_BATCHES, Permission.ENTER_ACCOUNTS))
    holder = Personal(permission=(Permission.VERIFY_ACCOUNTS, Permission.PAY_BATCHES, Permission.ENTER_ACCOUNTS))
    entered_by = PersonField()
    verified_by = PersonField()

    class Meta:
        model = DealerAccount
        fields = ("id", "bank", "number", "holder", "state", "entered_by", "entered_at", "verified_by", "verified_at")
        read_only_fields = fields


class DealerFilter(django_filters.FilterSet):
    """`search` looks at code, name and the initials of the name in pinyin."""

    org_unit = UnitFilter(path="org_unit")
    manager = django_filters.CharFilter(field_name="manager__username")
    parent = django_filters.CharFilter(field_name="parent__code")
    search = django_filters.CharFilter(method="find", label="code, name or pinyin initials")

    class Meta:
        model = Dealer
        fields = ("tier", "stage", "agent_level", "visit_regime", "chain_type", "payout_rhythm")

    def find(self, rows: Any, name: str, value: str) -> Any:
        words = Q(code__istartswith=value) | Q(name__icontains=value) | Q(pinyin__startswith=value.lower())
        return rows.filter(words)


class AccountIn(serializers.Serializer):
    """A payment account, which another person has to verify."""

    bank = serializers.CharField(max_length=80)
    number = serializers.CharField(max_length=40)
    holder = serializers.CharField(max_length=80)


class Dealers(LifeCycle):
    """Dealers within the scope; a dealer's user finds his own."""

    permission = READ
    permissions = {
        "create": Permission.EDIT_DEALERS,
        "join_staff": Permission.EDIT_DEALERS,
        "see_competitor": Permission.EDIT_DEALERS,
        "partial_update": Permission.EDIT_DEALERS,
        "enter_account": Permission.ENTER_ACCOUNTS,
    }
    lookup_field = "code"
    subject = "dealer"
    parser_classes = PARSERS
    serializer_class = DealerOut
    detail_serializer_class = DealerDetailOut
    filterset_class = DealerFilter
    ordering = ("code",)
    ordering_fields = ("code", "name", "cooperation_start", "tier", "stage")

    def get_rows(self, user: Any) -> Any:
        return Dealer.objects.visible_to(user).select_related("org_unit", "parent", "manager")

    @extend_schema(request=DealerIn, responses=DealerDetailOut)
    def partial_update(self, request: Any, code: str) -> Response:
        """Change fields of the archive."""
        dealer = self.get_object()
        given = DealerIn(dealer, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        archive.update(dealer=dealer, changes=given.validated_data, by=request.user, at=clock.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=DealerHistoryOut)
    @part()
    def history(self, request: Any, code: str) -> Response:
        """Which tier and unit the dealer had when, and when it was terminated."""
        dealer = self.get_object()
        found = {
            "tiers": history.tier_spans(dealer=dealer),
            "units": history.unit_spans(dealer=dealer),
            "closed": history.closed_spans(dealer=dealer),
        }
        return Response(DealerHistoryOut(found).data)

    @extend_schema(responses=AccountOut(many=True))
    @part()
    def accounts(self, request: Any, code: str) -> Response:
        """The dealer's payment accounts, the newest first."""
        rows = DealerAccount.objects.visible_to(request.user).filter(dealer=self.get_object())
        rows = rows.select_related("entered_by", "verified_by").order_by("-pk")
        return Response(AccountOut(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=AccountIn, responses={201: AccountOut})
    @accounts.mapping.post
    def enter_account(self, request: Any, code: str) -> Response:
        """Enter a payment account; it takes effect when somebody else has verified it."""
        dealer, given = self.get_object(), AccountIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = account.enter(dealer=dealer, by=request.user, at=clock.now(), **given.validated_data)
        return Response(AccountOut(row, context=self.get_serializer_context()).data, status=201)

    def _account(self, pk: str) -> DealerAccount:
        return one_or_404(DealerAccount.objects.visible_to(self.request.user).filter(dealer=self.get_object()), pk=pk)

    @extend_schema(request=None, responses=AccountOut)
    @command(permission=Permission.VERIFY_ACCOUNTS, url_path="accounts/(?P<account_id>[0-9]{1,18})/verify")
    def verify_account(self, request: Any, code: str, account_id: str) -> Response:
        """Let an account take effect; never one that the caller entered."""
        row = account.verify(account=self._account(account_id), by=request.user, at=clock.now())
        return Response(AccountOut(row, context=self.get_serializer_context()).data)

    @extend_schema(request=ReasonIn, responses=AccountOut)
    @command(permission=Permission.VERIFY_ACCOUNTS, url_path="accounts/(?P<account_id>[0-9]{1,18})/reject")
    def reject_account(self, request: Any, code: str, account_id: str) -> Response:
        """Refuse an account; the present one stays."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = self._account(account_id)
        row = account.reject(account=row, by=request.user, at=clock.now(), reason=given.validated_data["reason"])
        return Response(AccountOut(row, context=self.get_serializer_context()).data)
