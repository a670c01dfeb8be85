"""Pages that change something: a form, or one action on one object."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import BaseForm, CharField, Form, Textarea
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from core.errors import Refused
from core.views.base import PortalMixin, Text, one_or_404


class PortalFormView(PortalMixin):
    """A form page. Set `permission`, `title`, `form_class`, and `perform(form)`.

    `perform` calls one service and returns the address to go to. A refusal is shown on
    top of the form and nothing typed is lost.
    """

    template_name = "portal/form.html"
    form_class: type[BaseForm]
    submit_label: Text = _("Save")
    success_message: Text = ""
    intro: Text = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Further arguments of the form: initial, instance, user."""
        return {}

    def get_form(self, **kwargs: Any) -> Any:
        return self.form_class(**self.get_form_kwargs(), **kwargs)

    def perform(self, form: Any) -> str:
        raise NotImplementedError

    def get_success_message(self) -> Text:
        return self.success_message

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.render(form=self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.get_form(data=request.POST, files=request.FILES)
        if form.is_valid():
            try:
                url = self.perform(form)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                if message := self.get_success_message():
                    messages.success(request, str(message))
                return self.go(url)
        return self.render(form=form, status=422)


class ReasonForm(Form):
    """Why something is done; sent along with an action."""

    reason = CharField(label=_("Reason"), widget=Textarea(attrs={"rows": 3}), max_length=500)


class PortalActionView(PortalMixin):
    """One action on one object. Set `permission`, `title` (a verb), `get_rows` and `perform`.

    GET says what will happen (`get_effects`) and asks for the reason where `needs_reason`;
    POST does it and goes back. So a plain button may POST at once, and a link to the same
    address asks first.
    """

    template_name = "portal/confirm.html"
    lookup = "pk"
    needs_reason = False
    form_class: type[BaseForm] | None = None
    success_message: Text = ""
    destructive = False
    submit_label: Text = ""

    def get_rows(self, user: Any) -> Any:
        """The rows that `user` may see."""
        raise NotImplementedError

    @cached_property
    def object(self) -> Any:
        return one_or_404(self.get_rows(self.request.user), **{self.lookup: self.kwargs[self.lookup]})

    def get_form_class(self) -> type[BaseForm] | None:
        return self.form_class or (ReasonForm if self.needs_reason else None)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {}

    def get_form(self, **kwargs: Any) -> Any:
        form_class = self.get_form_class()
        return form_class(**self.get_form_kwargs(), **kwargs) if form_class else None

    def perform(self, *, form: Any) -> str | None:
        """Call one service with `self.object`; returns the address to go to, None for `get_back_url`."""
        raise NotImplementedError

    def get_effects(self) -> Sequence[Text]:
        """Sentences that say what will change."""
        return ()

    def get_success_message(self) -> Text:
        return self.success_message

    def get_back_url(self) -> str:
        return super().get_back_url() or (
            self.object.get_absolute_url() if hasattr(self.object, "get_absolute_url") else "/"
        )

    def demand(self) -> None:
        """Raise Refused if the action cannot be done now: said before anything is asked."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.object  # noqa: B018 - 404 before anything is shown
        self.demand()
        return self.render(form=self.get_form(), effects=self.get_effects())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.object  # noqa: B018 - 404 before anything is done
        form = self.get_form(data=request.POST, files=request.FILES)
        if form is not None and not form.is_valid():
            return self.render(form=form, effects=self.get_effects(), status=422)
        try:
            url = self.perform(form=form)
        except Refused as refusal:
            if form is None:
                raise
            form.add_error(None, str(refusal.message))
            return self.render(form=form, effects=self.get_effects(), status=422)
        if message := self.get_success_message():
            messages.success(request, str(message))
        return self.go(url or self.get_back_url())
