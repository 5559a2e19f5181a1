/**
 * Whether anyone can have a name under this domain, so that browsers refuse cookies for it. Knows top-level domains,
 * the second levels of country domains and large hosts of other people's sites; the whole list is at publicsuffix.org.
 */
export function isPublicSuffix(domain: string): boolean {
  const labels = domain.split(".")
  if (labels.length === 1) return true
  if (HOSTS.has(domain)) return true
  return labels.length === 2 && labels[1]!.length === 2 && SECOND_LEVELS.has(labels[0]!)
}

const SECOND_LEVELS = new Set(["ac", "co", "com", "edu", "go", "gob", "gov", "net", "ne", "or", "org"])

const HOSTS = new Set([
  "appspot.com",
  "azurewebsites.net",
  "cloudfront.net",
  "firebaseapp.com",
  "fly.dev",
  "github.io",
  "gitlab.io",
  "herokuapp.com",
  "netlify.app",
  "ngrok.app",
  "ngrok.io",
  "onrender.com",
  "pages.dev",
  "up.railway.app",
  "vercel.app",
  "web.app",
  "workers.dev",
])
