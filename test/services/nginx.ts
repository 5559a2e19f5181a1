import { mkdir, writeFile } from "node:fs/promises"
import { ensure } from "./programs.ts"
import { type Server, startServer } from "./server.ts"

/** Starts nginx as a proxy in front of a URL, with more directives for its location. It keeps a cache named "pages". */
export async function startNginx(target: string, location: readonly string[]): Promise<Server> {
  const command = ensure("nginx")
  if (!command) throw new Error("nginx is not installed")
  return startServer({
    name: "nginx",
    command,
    async prepare(directory, port) {
      await mkdir(`${directory}/cache`)
      await writeFile(`${directory}/nginx.conf`, configuration(directory, port, target, location))
    },
    args: (_port, directory) => ["-c", `${directory}/nginx.conf`, "-p", directory, "-e", "stderr"],
    isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/nginx`)).ok,
    url: (port) => `http://127.0.0.1:${port}`,
  })
}

function configuration(directory: string, port: number, target: string, location: readonly string[]): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  return `
daemon off;
pid ${directory}/nginx.pid;
${process.getuid?.() === 0 ? "user root;" : ""}
events {}
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join("\n  ")}
  proxy_cache_path ${directory}/cache keys_zone=pages:1m;
  server {
    listen 127.0.0.1:${port};
    location = /nginx { return 200; }
    location / {
      proxy_pass ${target};
      proxy_set_header Host $http_host;
      ${location.map((line) => `${line};`).join("\n      ")}
    }
  }
}
`
}
