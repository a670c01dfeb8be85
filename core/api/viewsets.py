"""Base classes of the API's resources: scope, permission, filters, order, pages, once-only writes.

A resource says what it serves (`get_rows`), who may read it (`permission`) and, for each
write, who may do that. What is left unsaid is closed: the address cannot be registered.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.vary import vary_on_headers
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core import clock
from core.api import idempotency
from core.api.pagination import Pages

READS = ("get", "head", "options")
# Actions answer with everything at once.
WHOLE: dict[str, Any] = {"pagination_class": None, "filter_backends": ()}


class KeyOrdering(OrderingFilter):
    """`?ordering=-paid,number` over the fields that the resource names, made total by the key."""

    ordering_description = "Comma-separated fields; a minus sign before one turns it round."

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        fields = self.get_ordering(request, queryset, view)
        if not fields:
            return queryset
        return queryset.order_by(*fields) if "pk" in fields else queryset.order_by(*fields, "pk")


class PortalView:
    """What viewsets and single API views share: permission that fails closed, once-only writes."""

    permission: Any = None
    permissions: dict[str, Any] = {}

    def get_permission_needed(self) -> Any:
        """The permission for this request: that of the method's or action's own, else the reading one."""
        name = getattr(self, "action", None) or self.request.method.lower()  # type: ignore[attr-defined]
        return self.permissions.get(name, self.permission)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        method = request.method.lower()
        key = request.headers.get(idempotency.HEADER)
        if key is not None and method not in READS:
            handler = getattr(self, method, None)
            if handler is not None:
                setattr(self, method, idempotency.once(handler, view=self, key=key))


@method_decorator(vary_on_headers("Authorization", "Cookie", "Accept-Language"), name="dispatch")
class Resource(PortalView, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """A resource that can be listed and read; rows outside the user's scope are not there (404).

    Set `permission`, `lookup_field`, `serializer_class` and `get_rows(user)`; perhaps
    `filterset_class`, `ordering_fields`, `ordering`, `pagination_class`. `action`s name their
    own `permission`; writes of the resource itself stand in `permissions`. `subject` is what services
    call the row, for `step`.
    """

    filter_backends = (DjangoFilterBackend, KeyOrdering)
    pagination_class: Any = Pages
    ordering_fields: Sequence[str] = ()
    lookup_value_regex = "[^/]+"
    detail_serializer_class: Any = None
    subject = ""
    lists = ("list",)

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """Refuses to make a view that would be open by omission."""
        reading = initkwargs.get("permission", cls.permission)
        if reading is None:
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} names no permission.")
        for method, name in (actions or {}).items():
            own = getattr(getattr(cls, name), "kwargs", {}).get("permission") or cls.permissions.get(name)
            if method not in READS and own is None:
                raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__}.{name} names no permission.")
        return super().as_view(actions, **initkwargs)

    def get_rows(self, user: Any) -> Any:
        """The rows that `user` may see: a queryset that begins with `visible_to(user)`."""
        raise NotImplementedError

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the schema is written without a user
            return self.serializer_class.Meta.model._default_manager.none()
        return self.get_rows(self.request.user)

    def get_serializer_class(self) -> Any:
        if self.detail_serializer_class is not None and self.action not in self.lists:
            return self.detail_serializer_class
        return super().get_serializer_class()

    def given(self, form: Any) -> dict[str, Any]:
        """What the request says, by that serializer; 400 if it is wrong."""
        found = form(data=self.request.data, context=self.get_serializer_context())
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def step(self, service: Any, form: Any = None) -> Response:
        """Call a service with the address's row as its `subject`, by the caller, now; answers the row as it is then."""
        row = self.get_object()
        service(
            **{self.subject: row},
            by=self.request.user,
            at=clock.now(),
            **(self.given(form) if form is not None else {}),
        )
        fresh = self.get_rows(self.request.user).get(pk=row.pk)
        return Response(self.get_serializer_class()(fresh, context=self.get_serializer_context()).data)

    def get_object(self) -> Any:
        """The row that the address names; a value that makes no sense names none."""
        if any("\x00" in str(value) for value in self.kwargs.values()):
            raise Http404
        try:
            return super().get_object()
        except (ValueError, OverflowError) as error:
            raise Http404 from error


def command(*, permission: Any, detail: bool = True, **options: Any) -> Callable[[Any], Any]:
    """A POST on a resource, which calls one service: `/batches/{number}/approve/`."""
    return action(detail=detail, methods=["post"], permission=permission, **WHOLE, **options)


def part(*, permission: Any = None, detail: bool = True, **options: Any) -> Callable[[Any], Any]:
    """Something to GET below a resource: `/cards/{serial}/history/`. Its own permission, or the resource's."""
    if permission is not None:
        options["permission"] = permission
    return action(detail=detail, methods=["get"], **WHOLE, **options)
