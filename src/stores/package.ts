/**
 * A client's package, loaded when the first URL needs it. When it is not installed: an `Error` with the line
 * to type, and Node's code `ERR_MODULE_NOT_FOUND`.
 */
export async function loaded<Module>(install: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const name = install.replace(/@\d+$/, "")
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw cause
    const text = `This store URL needs the package "${name}", which is not installed: npm i ${install}`
    throw Object.assign(new Error(text, { cause }), { code })
  }
}
