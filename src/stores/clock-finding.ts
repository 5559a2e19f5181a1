import type { Finding } from "./backend.ts"

/** Compares the backend's clock, in epoch milliseconds, with this machine's at the middle of the question. */
export async function clockFinding(ask: () => Promise<number>): Promise<Finding> {
  const before = Date.now()
  const theirs = await ask()
  const skew = Math.round((theirs - (before + Date.now()) / 2) / 100) / 10
  const value =
    skew === 0 ? "the same as here" : `${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} this machine`
  const problem =
    "Sessions end too early or too late when clocks differ. Keep all machines on time with NTP (chrony, systemd-timesyncd)"
  return { name: "clock", value, ...(Math.abs(skew) > TOLERATED && { problem }) }
}

/** In seconds. */
const TOLERATED = 2
