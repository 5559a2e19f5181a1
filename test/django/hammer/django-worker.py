"""Adds to its own key of one session, as a view would: read, change, save. Prints how often."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.utils import OperationalError  # noqa: E402

name, session_key = sys.argv[1:]
print("ready", flush=True)
end = float(sys.stdin.readline()) / 1000
saved = 0
while time.time() < end or saved == 0:
    session = SessionStore(session_key)
    session[name] = session.get(name, 0) + 1
    session["writer"] = f"{name}:{saved}"
    try:
        session.save()
        saved += 1
    except OperationalError:  # SQLite was busy for too long: nothing was written
        pass
print(saved)
