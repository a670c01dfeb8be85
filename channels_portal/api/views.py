"""Token, schema and offline documentation of the API."""

from typing import Any

from django.contrib.auth import authenticate
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import exceptions, serializers
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.roles import Permission
from core.api import access
from core.api import schema as schema
from core.api.viewsets import PortalView
from core.views.base import ANYONE_SIGNED_IN, PortalPage


class SignInFailed(exceptions.AuthenticationFailed):
    default_code = "sign_in_failed"
    default_detail = _("The user name or the password is wrong, or sign-in is locked after repeated failures.")


class CredentialsIn(serializers.Serializer):
    """Name and password of a portal user."""

    username = serializers.CharField(max_length=60)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class TokenOut(serializers.Serializer):
    """Send it as `Authorization: Token …`."""

    token = serializers.CharField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)


class GetToken(APIView):
    """Sign in with name and password for a token. Wrong passwords lock as on the sign-in page."""

    permission = "public"
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (access.SignInRate,)

    def get_authenticate_header(self, request: Any) -> str:
        return access.Token.keyword

    @extend_schema(request=CredentialsIn, responses={200: TokenOut}, auth=[])
    def post(self, request: Any) -> Response:
        given = CredentialsIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request._request, **given.validated_data)
        if user is None:
            raise SignInFailed
        if user.must_change_password:  # type: ignore[attr-defined]
            raise access.PasswordMustChange
        token = access.fresh_token(user)
        return Response({"token": token.key, "ends_at": access.ends_at(token)})


class EndToken(PortalView, APIView):
    """End the token of the user who calls."""

    permission = Permission.USE_PORTAL
    permissions = {"post": Permission.USE_PORTAL}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Any) -> Response:
        Token.objects.filter(user=request.user).delete()
        return Response(status=204)


class Schema(PortalView, SpectacularAPIView):
    """The OpenAPI description of this API."""

    permission = Permission.USE_PORTAL


class Docs(PortalPage):
    """The documentation with a form to try each address; everything it loads is on this server."""

    permission = ANYONE_SIGNED_IN
    title = _("API")
    template_name = "api/docs.html"


class NotHere(PortalView, APIView):
    """Any other address below /api/."""

    permission = Permission.USE_PORTAL
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
