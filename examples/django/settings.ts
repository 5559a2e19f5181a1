/** The SQLite file that both sides work on. */
export const file: string = setting("DATABASE", "./holdfast-django.db")

/** Django's `SECRET_KEY`, which both sides must know. */
export const secretKey: string = setting(
  "DJANGO_SECRET_KEY",
  "django-insecure-known-to-everyone-who-reads-this",
)

/** The value of a variable. An empty one, which SQLite and Django would each take for something else, ends the program. */
function setting(name: string, usual: string): string {
  const value = process.env[name] ?? usual
  if (value !== "") return value
  console.error(`${name} must not be empty; leave it unset to have the usual value`)
  process.exit(1)
}
