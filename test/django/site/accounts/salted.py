from django.contrib.sessions.backends.db import SessionStore as DBStore


class SessionStore(DBStore):
    """A store of one's own that signs for itself."""

    key_salt = "accounts.salted"
