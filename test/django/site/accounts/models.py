from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Account(AbstractBaseSession):
    """A session model of one's own, as Django's documentation shows it, with columns that must not be empty."""

    account_id = models.IntegerField(null=True, db_index=True)
    tenant = models.CharField(max_length=20)
    is_guest = models.BooleanField()
    note = models.CharField(max_length=20, null=True)
    order = models.IntegerField(null=True)

    @classmethod
    def get_session_store_class(cls):
        from accounts.sessions import SessionStore

        return SessionStore
