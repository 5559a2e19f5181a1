import type { Finding } from "./backend.ts"

/** Compares the backend's clock, in epoch milliseconds, with this machine's. */
export async function clockFinding(ask: () => Promise<number>): Promise<Finding> {
  return skewFinding(await skewOf(ask))
}

/** By how many seconds the backend's clock is ahead of this machine's at the middle of the question; to a tenth. */
export async function skewOf(ask: () => Promise<number>): Promise<number> {
  const before = Date.now()
  const theirs = await ask()
  return Math.round((theirs - (before + Date.now()) / 2) / 100) / 10
}

/** What to say of it. */
export function skewFinding(skew: number): Finding {
  const value =
    skew === 0 ? "the same as here" : `${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} this machine`
  const problem =
    "Sessions end too early or too late when clocks differ. Keep all machines on time with NTP (chrony, systemd-timesyncd)"
  return { name: "clock", value, ...(Math.abs(skew) > TOLERATED && { problem }) }
}

/** In seconds. */
const TOLERATED = 2
