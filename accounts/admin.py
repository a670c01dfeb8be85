"""Users and org units. See docs/guide-admin.md."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import OrgUnit, User
from accounts.roles import Role
from accounts.services import org_unit as org_units
from accounts.services import sessions
from accounts.services import user as users
from core.admin import ScopedAdmin
from core.errors import Refused
from core.formats import mask


class NewUserForm(UserCreationForm):
    """A user with a first password, which has to be changed at the first sign-in."""

    class Meta:
        model = User
        fields = ("username", "name", "role", "org_unit", "phone", "email", "language")


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance.pk and self.instance.role == Role.ADMINISTRATOR and found.get("role") != Role.ADMINISTRATOR:
            others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=self.instance.pk)
            if not others.exists():
                raise ValidationError({"role": _("This is the last administrator.")})
        return found


class PasswordForm(AdminPasswordChangeForm):
    """Somebody else's password: he has to choose his own, and is signed out everywhere."""

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.must_change_password = True
        if commit:
            user.save()
            sessions.end(user=user)
            Token.objects.filter(user=user).delete()
        return user


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):
    """People, their role and their unit; a dealer's user is linked to the dealer below."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("username", "name", "role", "org_unit", "masked_phone", "is_active", "last_login")
    list_filter = ("role", "is_active", "must_change_password")
    list_select_related = ("org_unit",)
    search_fields = ("username", "name", "phone")
    autocomplete_fields = ("org_unit",)
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "role", "org_unit", "is_active")}),
        (_("Contact"), {"fields": ("phone", "email", "language")}),
        (_("Sign-in"), {"fields": ("must_change_password", "last_login", "created_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "password1",
                    "password2",
                    "name",
                    "role",
                    "org_unit",
                    "phone",
                    "email",
                    "language",
                )
            },
        ),
    )

    @admin.display(description=_("phone"))
    def masked_phone(self, user: User) -> str:
        return mask(user.phone)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Users of the subtree, and users of its dealers that have no unit of their own."""
        unit = request.user.org_unit  # type: ignore[union-attr]
        if unit is None:
            return User.objects.none()
        of_dealers = Q(org_unit=None, dealer_link__dealer__org_unit__path__startswith=unit.path)
        rows = User.objects.filter(Q(org_unit__path__startswith=unit.path) | of_dealers)
        return rows.order_by(*self.get_ordering(request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(
                label=db_field.verbose_name, choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Everybody has a unit: without one nobody sees anything."""
        form = super().get_form(request, obj, **kwargs)
        if "org_unit" in form.base_fields:
            form.base_fields["org_unit"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            sessions.end(user=obj)
            Token.objects.filter(user=obj).delete()


class OrgUnitForm(forms.ModelForm):
    """The service says whether the unit fits into the tree."""

    class Meta:
        model = OrgUnit
        fields = ("code", "name", "level", "parent")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.errors:
            return found
        given = {name: found.get(name, getattr(self.instance, name)) for name in self.Meta.fields}
        trial = OrgUnit(pk=self.instance.pk, path=self.instance.path, **given)
        try:
            org_units.place(trial)
        except Refused as refusal:
            raise ValidationError(str(refusal.message)) from refusal
        return found


@admin.register(OrgUnit)
class OrgUnitAdmin(ScopedAdmin):
    """The tree. A unit never moves: facts hang on where it stands."""

    form = OrgUnitForm
    list_display = ("code", "name", "level", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("code", "name", "pinyin")
    autocomplete_fields = ("parent",)
    ordering = ("path",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "level", "parent") if obj else ()

    def save_model(self, request: HttpRequest, obj: OrgUnit, form: Any, change: bool) -> None:
        """The very first unit becomes that of the administrator who makes it, so that he sees the tree grow."""
        org_units.save(obj)
        by: Any = request.user
        if not change and by.org_unit_id is None and OrgUnit.objects.count() == 1:
            users.belong_to(user=by, unit=obj)
