"""The same site on Django, as `django-admin startproject` sets up its sessions, served by Django's own server."""

import json
import os
import sys

import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import path

PLAN = json.loads(sys.argv[1])
IS_BARE = PLAN["library"] == "bare"
ENGINES = {"cookie": "signed_cookies", "memory": "cache"}


def database():
    if PLAN["store"] != "postgres":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": PLAN["address"] or ":memory:"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": "127.0.0.1",
        "PORT": PLAN["address"].split(":")[-1].split("/")[0],
        "CONN_MAX_AGE": None,
    }


settings.configure(
    SECRET_KEY="a secret of at least 32 bytes, as everybody's",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="__main__",
    DATABASES={"default": database()},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    INSTALLED_APPS=["django.contrib.sessions"],
    # CommonMiddleware says how long an answer is, without which no connection is kept open.
    MIDDLEWARE=([] if IS_BARE else ["django.contrib.sessions.middleware.SessionMiddleware"])
    + ["django.middleware.common.CommonMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends." + ENGINES.get(PLAN["store"], "db"),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402


def plain(request):
    return JsonResponse({"ok": True})


def visitor(request):
    return JsonResponse({"user": None if IS_BARE else request.session.get("user")})


def read(request):
    if not IS_BARE:
        return JsonResponse({"user": request.session.get("user")})
    if PLAN["store"] in ("sqlite", "postgres"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_data FROM django_session WHERE session_key = %s", ["bare"])
            cursor.fetchone()
    return JsonResponse({"user": "ada"})


def write(request):
    if IS_BARE:
        return JsonResponse({"views": 1})
    key = "mark" + request.GET["n"] if "n" in request.GET else "views"
    request.session[key] = request.session.get(key, 0) + 1
    return JsonResponse({"views": request.session[key]})


def login(request):
    user = request.GET["user"]
    if not IS_BARE:
        request.session.cycle_key()
        request.session["user"] = user
        count = round(int(request.GET["bytes"]) / 64)
        request.session["basket"] = [
            {"id": 100_000 + n, "name": "A thing to be bought", "quantity": 1} for n in range(count)
        ]
    return JsonResponse({"user": "ada" if IS_BARE else user})


pages = {"plain": plain, "visitor": visitor, "read": read, "write": write, "mark": write, "login": login}
urlpatterns = [path(name, page) for name, page in pages.items()]

if __name__ == "__main__":
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Handler(WSGIRequestHandler):
        # Head and body leave in two packets, and the second would wait for the other side.
        disable_nagle_algorithm = True

        def log_message(self, *args):
            pass

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", __name__)
    call_command("migrate", verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    print(server.server_address[1], flush=True)
    server.serve_forever()
