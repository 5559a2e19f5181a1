import { spawnSync } from "node:child_process"
import { type Server, type ServerPlan, startServer } from "./server.ts"

/** What it takes to run a server as a container. */
export interface ContainerPlan extends Pick<ServerPlan, "name"> {
  readonly image: string
  /** The port the server listens on inside. */
  readonly port: number
  readonly env?: Record<string, string>
  readonly url: (port: number) => string
  readonly isReady: (url: string) => Promise<boolean>
}

/** Whether a Docker engine answers. */
export function isDockerThere(): boolean {
  return docker("info").status === 0
}

/** Starts a server as a container that only this machine reaches. */
export async function startContainer(plan: ContainerPlan): Promise<Pick<Server, "url" | "close">> {
  const name = `holdfast-${plan.name}-${process.pid}`
  const remove = (): void => void docker("rm", "--force", name)
  process.once("exit", remove)
  if (docker("image", "inspect", plan.image).status !== 0) docker("pull", "--quiet", plan.image)
  const env = Object.entries(plan.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`])
  const server = await startServer({
    name: plan.name,
    command: "docker",
    args: (port) => [
      ...["run", "--rm", "--name", name, "--publish", `127.0.0.1:${port}:${plan.port}`],
      ...env,
      plan.image,
    ],
    isReady: (port) => plan.isReady(plan.url(port)),
    url: plan.url,
  })
  return {
    url: server.url,
    async close() {
      remove()
      process.off("exit", remove)
      await server.close()
    },
  }
}

function docker(...args: string[]): { status: number | null } {
  return spawnSync("docker", args, { stdio: "ignore", timeout: 300_000 })
}
