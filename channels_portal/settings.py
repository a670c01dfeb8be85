"""Settings, all from the environment; the table is in docs/operations.md."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from channels_portal import logs, security
from channels_portal.runtime import servers
from channels_portal.runtime.home import Home
from channels_portal.settings_admin import (  # noqa: F401 - settings too
    CONSTANCE_ADDITIONAL_FIELDS,
    CONSTANCE_BACKEND,
    CONSTANCE_CONFIG,
    CONSTANCE_CONFIG_FIELDSETS,
    UNFOLD,
)

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Home.from_environment()
PORTAL_HOME = HOME.root
PRODUCTION = os.environ.get("PORTAL_ENV", "development") == "production"


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


DEBUG = _flag("PORTAL_DEBUG", False)
ALLOWED_HOSTS = _list("PORTAL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _list("PORTAL_TRUSTED_ORIGINS")
SECRET_KEY = os.environ.get("PORTAL_SECRET_KEY", "")

if PRODUCTION:
    if len(SECRET_KEY) < 32 or len(set(SECRET_KEY)) < 10 or "insecure" in SECRET_KEY:
        raise ImproperlyConfigured("PORTAL_SECRET_KEY must be a long random text in production.")
    if DEBUG:
        raise ImproperlyConfigured("PORTAL_DEBUG must be off in production.")
    if any(host.startswith(("*", ".")) for host in ALLOWED_HOSTS) or not os.environ.get("PORTAL_ALLOWED_HOSTS"):
        raise ImproperlyConfigured("PORTAL_ALLOWED_HOSTS must name each host in production, without wildcards.")
else:
    SECRET_KEY = SECRET_KEY or HOME.secret("django")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.constance",
    "channels_portal.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "constance",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "axes",
    "csp",
    "core",
    "accounts",
    "dealers",
    "inventory",
    "audits",
    "commissions",
    "reports",
    "channels_portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "channels_portal.security.PolicyByPath",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.preferences",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.sign_in_state",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "channels_portal.urls"
WSGI_APPLICATION = "channels_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.shell",
                "accounts.units.switcher",
                "channels_portal.navigation.menu",
            ],
        },
    }
]

# Database and broker: named by the environment, or the embedded ones of PORTAL_HOME, which
# manage.py and ./script/server start and name; other tools find those that run.


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


_running = servers.running_addresses(HOME)
DATABASE_URL = os.environ.get("DATABASE_URL") or _running.get("DATABASE_URL", "postgres://portal@127.0.0.1/portal")
REDIS_URL = os.environ.get("REDIS_URL") or _running.get("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_PREFIX = os.environ.get("PORTAL_REDIS_PREFIX", "")
DATABASES = {"default": _database(DATABASE_URL)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}cache",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may come in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(float(os.environ.get("PORTAL_SESSION_HOURS", "12")) * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
AXES_FAILURE_LIMIT = int(os.environ.get("PORTAL_SIGN_IN_FAILURES", "5"))
AXES_COOLOFF_TIME = timedelta(minutes=int(os.environ.get("PORTAL_LOCKOUT_MINUTES", "15")))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "core.views.errors.locked_out"
CSRF_FAILURE_VIEW = "core.views.errors.csrf_failure"

# What browsers are told

# Address of map tiles, such as https://tiles.example/{z}/{x}/{y}.png; empty: maps show positions alone.
MAP_TILES = os.environ.get("PORTAL_MAP_TILES", "")
CONTENT_SECURITY_POLICY = {"DIRECTIVES": security.portal(MAP_TILES)}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION and _flag("PORTAL_HTTPS", True):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(os.environ.get("PORTAL_HSTS_SECONDS", "31536000"))
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# Language, time, files

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = HOME.static
MEDIA_ROOT = Path(os.environ.get("PORTAL_MEDIA", HOME.media))  # no URL: every download is a checked view
_static = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static if DEBUG else "channels_portal.static_files.HashedFiles"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Jobs: given back when their worker dies, and quickly; core.jobs sees that none runs twice

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "global_keyprefix": REDIS_PREFIX,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

# API: closed unless a view says who may; see docs/api.md

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.api.access.Token", "core.api.access.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "core.api.access.HasPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.access.ReadRate", "core.api.access.WriteRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": int(os.environ.get("PORTAL_PROXIES", "0")),
}
API_TOKEN_DAYS = int(os.environ.get("PORTAL_API_TOKEN_DAYS", "90"))
API_RATES = {
    "requests": os.environ.get("PORTAL_API_RATE", "1200/min"),
    "writes": os.environ.get("PORTAL_API_WRITE_RATE", "240/min"),
    "sign_in": os.environ.get("PORTAL_API_SIGN_IN_RATE", "10/min"),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Channels portal API",
    "DESCRIPTION": "The same data and actions as the pages, with the same rights. See docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"],
    "SERVE_AUTHENTICATION": None,
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "ENUM_NAME_OVERRIDES": {
        "PolicyStateEnum": "commissions.states.POLICY.choices",
        "BatchStateEnum": "commissions.states.BATCH.choices",
        "ImportStateEnum": "core.models.importing.MACHINE.choices",
        "AccountStateEnum": "dealers.states.ACCOUNT.choices",
        "VisitStateEnum": "audits.states.VISIT.choices",
        "FindingStateEnum": "audits.states.FINDING.choices",
        "VisitKindEnum": "audits.states.VisitKind",
        "OwnVisitKindEnum": "audits.states.OWN_KINDS",
        "InspectionKindEnum": "audits.states.InspectionKind",
        "InspectionStateEnum": "audits.states.INSPECTION.choices",
        "TierEnum": "dealers.states.Tier",
        "VisitRegimeEnum": "dealers.states.VisitRegime",
        "CardStateEnum": "inventory.models.Card.State",
        "NodeKindEnum": "inventory.models.StockNode.Kind",
        "BatchKindEnum": "commissions.models.SettlementBatch.Kind",
        "CommissionKindEnum": "commissions.states.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema.finish",
    ],
}

# Logs

LOGGING = logs.configure(json=PRODUCTION, level=os.environ.get("PORTAL_LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
