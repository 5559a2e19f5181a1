/** The SQLite file that both sides work on. */
export const file: string = process.env.DATABASE ?? "./holdfast-django.db"

/** Django's `SECRET_KEY`, which both sides must know. */
export const secretKey: string =
  process.env.DJANGO_SECRET_KEY ?? "django-insecure-known-to-everyone-who-reads-this"
