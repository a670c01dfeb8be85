from typing import Any, ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from core.scoping import Scope, ScopedModel, ScopedQuerySet


class UserManager(BaseUserManager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An administrator; of the whole tree, where it has one root. In an empty portal he makes the root first."""
        roots = list(self.model._meta.get_field("org_unit").related_model.objects.filter(parent=None)[:2])
        unit = roots[0] if len(roots) == 1 else None
        given = {"role": Role.ADMINISTRATOR, "name": username, "org_unit": unit, **fields}
        return self.create_user(username, password, **given)


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class User(ScopedModel, AbstractBaseUser):
    """One person: staff with an org unit, or a dealer's user (`dealers.DealerUser` names the dealer).

    `role` alone decides what he may do (`accounts.roles`), the unit or dealer what he sees.
    """

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    org_unit = models.ForeignKey(
        "accounts.OrgUnit", models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("org unit")
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[Any] = UserManager()
    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def can(self, permission: Permission) -> bool:
        """Whether the role's row of the table holds `permission`."""
        return self.is_active and permission in ROLE_PERMISSIONS.get(Role(self.role), frozenset())

    @property
    def is_dealer(self) -> bool:
        return self.role == Role.DEALER

    @property
    def is_inspector(self) -> bool:
        return self.role == Role.INSPECTOR

    @cached_property
    def dealer_id(self) -> int | None:
        """The dealer that a dealer's user belongs to; None for staff."""
        link = getattr(self, "dealer_link", None) if self.is_dealer else None
        return link.dealer_id if link else None

    @property
    def is_staff(self) -> bool:
        """Whether Django admin lets him in."""
        return self.is_active and self.can(Permission.ADMIN_SITE)

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
