"""Django settings. Everything that differs between installations comes from the environment."""

import os
from pathlib import Path

from anju.site import secrets
from anju.site.postgres import connection_params, default_data_dir

PRODUCTION = os.environ.get("ANJU_PRODUCTION") == "1"
PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = default_data_dir()

_secrets = secrets.load(DATA_DIR, production=PRODUCTION)
SECRET_KEY = _secrets["ANJU_SECRET_KEY"]
ANJU_FIELD_KEYS = _secrets["ANJU_FIELD_KEYS"]
ANJU_INDEX_KEY = _secrets["ANJU_INDEX_KEY"]
ANJU_PUBLIC_URL = os.environ.get("ANJU_PUBLIC_URL", "http://127.0.0.1:8000")
ANJU_BANK_NAME = os.environ.get("ANJU_BANK_NAME", "安居示范银行")
ANJU_DAYEND_AUTO = os.environ.get("ANJU_DAYEND_AUTO") == "1"

DEBUG = False
ALLOWED_HOSTS = os.environ.get("ANJU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [ANJU_PUBLIC_URL]

INSTALLED_APPS = [
    "anju.web",  # first: its templates dress those of the log-in library
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "procrastinate.contrib.django",
    "anju.platform.identity",
    "anju.platform.policies",
    "anju.platform.journal",
    "anju.platform.clocks",
    "anju.platform.work",
    "anju.platform.contacts",
    "anju.platform.notices",
    "anju.platform.holds",
    "anju.platform.documents",
    "anju.platform.letters",
    "anju.platform.drills",
    "anju.contexts.parties",
    "anju.contexts.catalogue",
    "anju.contexts.servicing",
    "anju.contexts.collections",
    "anju.contexts.followup",
    "anju.dayend",
    "anju.site.apps.SiteConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "anju.site.urls"
WSGI_APPLICATION = "anju.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "anju.web.context.shell",
            ],
        },
    }
]

DATABASES = {"default": {**connection_params(), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "staff_no"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "anju.web.desk.login.DeskAccountAdapter"
LOGIN_URL = "/desk/login/"
LOGIN_REDIRECT_URL = "/desk/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"  # what allauth calls the staff number when it asks the backends
AXES_LOCKOUT_TEMPLATE = "desk/locked.html"
ACCOUNT_RATE_LIMITS = (
    False  # axes counts, in the database; a branch behind one address must not lock itself out
)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 8 * 3600
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ANJU_LOG_LEVEL", "WARNING")},
}
