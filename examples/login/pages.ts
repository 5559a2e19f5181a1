import type { RegisteredSession } from "holdfast"
import { type Html, html, markupOf } from "./html.ts"

/** The ends a visitor can choose for the session, as `session.setExpiry` takes them. */
export const EXPIRIES: ReadonlyMap<string, { label: string; expiry: number | null }> = new Map([
  ["minutes", { label: "In 5 minutes", expiry: 300 }],
  ["hour", { label: "In 1 hour", expiry: 3600 }],
  ["browser", { label: "When the browser closes", expiry: 0 }],
  ["default", { label: "By default", expiry: null }],
])

/** What was typed into the login form and what is wrong with it, by field. */
export interface LoginForm {
  readonly username?: string
  readonly problems?: { readonly username?: string | undefined; readonly password?: string | undefined }
}

/** The login form, empty or as it came back. */
export function loginPage({ username = "", problems = {} }: LoginForm = {}): string {
  const hasProblems = problems.username !== undefined || problems.password !== undefined
  return page(
    hasProblems ? "Error: Sign in" : "Sign in",
    html`<main class="narrow">
      <h1>Sign in</h1>
      <p>This is a demonstration: any username and any password will do.</p>
      <form class="login" method="post" action="/myapp/login" novalidate>
        ${field("username", "Username", "username", problems.username, html`value="${username}" maxlength="255"`)}
        ${field("password", "Password", "current-password", problems.password)}
        <button class="primary">Sign in</button>
      </form>
    </main>`,
  )
}

function field(
  name: "username" | "password",
  label: string,
  autocomplete: string,
  problem: string | undefined,
  more?: Html,
): Html {
  const hint = problem && html`<p class="problem" id="${name}-problem">${problem}</p>`
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="${name === "password" ? "password" : "text"}" required
      autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" ${more}
      ${problem && html`aria-invalid="true" aria-describedby="${name}-problem" autofocus`}>
    ${hint}
  </div>`
}

/** The session of a visitor who is signed in, as it is. */
export function sessionPage(session: RegisteredSession): string {
  const modification = new Date()
  const age = session.getExpiryAge({ modification })
  const date = session.getExpiryDate({ modification })
  const endsWithBrowser = session.getExpireAtBrowserClose()
  const choices = [...EXPIRIES].map(([name, { label, expiry }]) => {
    const isChosen =
      session.getExpiryAge({ modification, expiry }) === age && endsWithBrowser === (expiry === 0)
    return html`<button name="expiry" value="${name}" ${isChosen && html`aria-current="true"`}>${label}</button>`
  })
  return page(
    "Your session",
    html`<main>
      <div class="title">
        <h1>Signed in as <strong>${session.userId ?? ""}</strong></h1>
        <form method="post" action="/myapp/logout"><button>Sign out</button></form>
      </div>

      <section aria-labelledby="end">
        <h2 id="end">Time left</h2>
        <p class="figure" role="timer" id="left" data-seconds="${age}">${age} seconds</p>
        <p class="status" role="status" id="left-status"></p>
        <dl>
          <div><dt>Signed in</dt>${instant(session.signedInAt ?? session.createdAt)}</div>
          <div><dt>Ends, unless used again</dt>${instant(date)}</div>
          <div><dt>Ends with the browser</dt><dd id="with-browser">${endsWithBrowser ? "Yes" : "No"}</dd></div>
        </dl>
        <form method="post" action="/myapp/expiry">
          <fieldset>
            <legend>Let it end</legend>
            <div class="row">${choices}</div>
          </fieldset>
        </form>
      </section>

      <section aria-labelledby="counted">
        <h2 id="counted">Visits counted</h2>
        <p class="figure" id="visits">${session.data.visits ?? 0}</p>
        <form class="row" method="post" action="/myapp/visits">
          <button>Count one</button>
          <button type="button" id="parallel" hidden>Count ten at once</button>
        </form>
        <p class="status" role="status" id="parallel-status"></p>
      </section>

      <section aria-labelledby="data">
        <h2 id="data">Data</h2>
        <pre id="json">${JSON.stringify(session.data, null, 2)}</pre>
      </section>
    </main>`,
  )
}

function instant(date: Date): Html {
  return html`<dd><time datetime="${date.toISOString()}">${date.toUTCString()}</time></dd>`
}

/** Says that the visitor is signed out. */
export function loggedOutPage(): string {
  return page(
    "Logged out",
    html`<main class="narrow">
      <h1>You are logged out.</h1>
      <p>The session is gone from the server, and its cookie from this browser.</p>
      <p><a class="button" href="/myapp/connection">Sign in again</a></p>
    </main>`,
  )
}

/** Says that something went wrong, and nothing of how. */
export function errorPage(status: number): string {
  const { title, text } = FAILURES[status] ?? FAILURES[status < 500 ? 400 : 500]!
  return page(
    title,
    html`<main class="narrow">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a class="button" href="/myapp/connection">Back to the start</a></p>
    </main>`,
  )
}

const FAILURES: Readonly<Record<number, { title: string; text: string }>> = {
  400: { title: "That did not work", text: "The request was not one that this page sends." },
  404: { title: "Nothing here", text: "There is no page at this address." },
  409: {
    title: "Your session has ended",
    text: "It was ended, or signed in again, while this page was under way. Nothing of what you did here was saved.",
  },
  500: {
    title: "Something went wrong",
    text: "The fault is on our side. Nothing of what you did was saved.",
  },
  503: {
    title: "Please try again",
    text: "Your session could not be reached or saved just now. A moment later it may work.",
  },
}

function page(title: string, main: Html): string {
  return markupOf(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · holdfast</title>
    <link rel="icon" href="/myapp/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/myapp/style.css">
    <script type="module" src="/myapp/script.js"></script>
  </head>
  <body>
    <header><a href="/myapp/connection"><img src="/myapp/icon.svg" alt="" width="24" height="24">holdfast</a></header>
    ${main}
  </body>
</html>
`)
}
