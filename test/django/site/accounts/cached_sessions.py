from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore

from accounts.sessions import AccountRows


class SessionStore(AccountRows, CachedStore):
    pass
