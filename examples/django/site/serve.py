"""Serves the site on a free port of this machine, which it prints, until its standard input ends."""
import os
import signal
import sys
from threading import Thread

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from settings import DEMO  # noqa: E402


def seed():
    """Makes the demo user, or gives the user the old password again."""
    user, _ = get_user_model().objects.get_or_create(username=DEMO["user"])
    if not user.check_password(DEMO["password"]):
        user.set_password(DEMO["password"])
        user.save()


if __name__ == "__main__":
    # Ctrl-C reaches this process too, but it ends when the one that started it does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    call_command("migrate", verbosity=0)
    seed()
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
