/** The salt of sessions in the table and in files. */
export const SESSION_SALT = "django.contrib.sessions.SessionStore"

/** The salt of sessions in cookies. */
export const COOKIE_SALT = "django.contrib.sessions.backends.signed_cookies"
