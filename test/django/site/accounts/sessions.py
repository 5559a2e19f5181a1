from django.contrib.sessions.backends.db import SessionStore as DBStore


class AccountRows:
    """What a store adds for the model."""

    @classmethod
    def get_model_class(cls):
        from accounts.models import Account

        return Account

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        user = data.get("_auth_user_id")
        row.account_id = None if user is None else int(user)
        row.is_guest = user is None
        row.tenant = data.get("tenant", "none")
        return row


class SessionStore(AccountRows, DBStore):
    pass
