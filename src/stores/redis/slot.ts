/** The slot of a Cluster that a key lies in: CRC16 of it or, where it has text in braces, of the first such text. */
export function slotOf(key: string): number {
  const begin = key.indexOf("{")
  const end = begin < 0 ? -1 : key.indexOf("}", begin)
  const hashed = end > begin + 1 ? key.slice(begin + 1, end) : key
  let crc = 0
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  }
  return crc & 0x3fff
}
