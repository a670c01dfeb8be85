from django.urls import path

from accounts.views.lists import Units, Users
from accounts.views.own_account import ChangePassword, EndSession, Sessions, SwitchUnit
from accounts.views.signing_in import Language, SignIn, SignOut

app_name = "accounts"
urlpatterns = [
    path("accounts/sign-in/", SignIn.as_view(), name="sign_in"),
    path("accounts/sign-out/", SignOut.as_view(), name="sign_out"),
    path("accounts/language/", Language.as_view(), name="language"),
    path("accounts/password/", ChangePassword.as_view(), name="password"),
    path("accounts/sessions/", Sessions.as_view(), name="sessions"),
    path("accounts/sessions/end/", EndSession.as_view(), name="sessions_end"),
    path("accounts/sessions/<slug:mark>/end/", EndSession.as_view(), name="session_end"),
    path("accounts/unit/", SwitchUnit.as_view(), name="unit"),
    path("system/users/", Users.as_view(), name="users"),
    path("system/units/", Units.as_view(), name="units"),
]
