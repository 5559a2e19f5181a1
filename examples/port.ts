/** The port that the variable `PORT` names; 3000 without it. When it names none, the program ends with a sentence. */
export const wanted: number = wantedPort()

function wantedPort(): number {
  const { PORT = "3000" } = process.env
  if (/^\d{1,5}$/.test(PORT) && Number(PORT) <= 65535) return Number(PORT)
  console.error(
    `PORT must be a whole number from 0 to 65535, where 0 takes any free port; it is ${JSON.stringify(PORT)}. ` +
      "Without it the port is 3000",
  )
  process.exit(1)
}

/** Why a server can't listen there, as a sentence. `command` is what starts it. */
export function refusal(error: NodeJS.ErrnoException, port: number, command: string): string {
  const other = `choose another one: PORT=${port < 1024 || port === 65535 ? 3000 : port + 1} ${command}`
  if (error.code === "EADDRINUSE") return `Port ${port} is in use by another program; ${other}`
  return `Port ${port} can't be used (${error.message}); ${other}`
}
