import type { RegisteredSession } from "holdfast"
import { type Html, html, markupOf } from "../login/html.ts"
import type { User } from "./users.ts"

/** The session as Node reads it, and who is signed in. */
export function homePage({ data }: RegisteredSession, user: User | undefined): string {
  return page(
    user ? "Your session" : "Not signed in",
    html`<main>
      <div class="title">
        ${user ? signedIn(user) : SIGNED_OUT}
        <p>Node served this page, with <code>req.session</code>. Django reads and writes the same session.</p>
      </div>

      <section aria-labelledby="counted">
        <h2 id="counted">Counted on both sides</h2>
        <p class="figure" id="count">${data.count ?? 0}</p>
        <form method="post" action="/node/count"><button>Count one in Node</button></form>
      </section>

      <section aria-labelledby="noted">
        <h2 id="noted"><label for="note">A note</label></h2>
        <form class="note" method="post" action="/node/note">
          <input id="note" name="note" value="${data.note ?? ""}" maxlength="200" autocomplete="off">
          <button>Save in Node</button>
        </form>
      </section>

      <section aria-labelledby="data">
        <h2 id="data">The session, as Node reads it</h2>
        <pre id="json">${JSON.stringify(data, null, 2)}</pre>
      </section>
    </main>`,
  )
}

function signedIn({ username }: User): Html {
  return html`<h1>Signed in as <strong>${username}</strong></h1>
    <div class="row">
      <a class="button" href="/django/password/">Change password</a>
      <form method="post" action="/node/logout"><button>Sign out</button></form>
    </div>`
}

const SIGNED_OUT = html`<h1>Not signed in</h1>
  <a class="button" href="/django/login/?next=/node/">Sign in</a>`

/** Says that something went wrong, and nothing of how. */
export function errorPage(status: number): string {
  const isMissing = status === 404
  const title = isMissing ? "Nothing here" : "Something went wrong"
  return page(
    title,
    html`<main class="narrow">
      <h1>${title}</h1>
      <p>${isMissing ? "There is no page at this address." : "Nothing was saved. A moment later it may work."}</p>
      <p><a class="button" href="/node/">Back to the start</a></p>
    </main>`,
  )
}

/** The same frame as the site's base.html. */
function page(title: string, main: Html): string {
  return markupOf(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Node · holdfast</title>
    <link rel="icon" href="/public/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/public/style.css">
    <link rel="stylesheet" href="/public/sides.css">
  </head>
  <body>
    <header>
      <a href="/"><img src="/public/icon.svg" alt="" width="24" height="24">holdfast</a>
      <nav aria-label="Served by">
        <a href="/node/" aria-current="page">Node</a>
        <a href="/django/">Django</a>
      </nav>
    </header>
    ${main}
  </body>
</html>
`)
}
