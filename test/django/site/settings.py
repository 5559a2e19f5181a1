import json
import os

SITE = json.loads(os.environ["DJANGO_SITE"])

SECRET_KEY = SITE["secretKey"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "views"
USE_TZ = SITE.get("useTz", True)
TIME_ZONE = SITE.get("timeZone", "America/Chicago")
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": SITE["database"]}
if SITE.get("cache"):
    CACHES = {"default": SITE["cache"]}
SESSION_ENGINE = SITE["engine"] if "." in SITE["engine"] else "django.contrib.sessions.backends." + SITE["engine"]
if "accounts" in SITE["engine"]:
    INSTALLED_APPS.append("accounts")
if SITE.get("hashing"):
    DEFAULT_HASHING_ALGORITHM = SITE["hashing"]
if SITE.get("filePath"):
    SESSION_FILE_PATH = SITE["filePath"]
