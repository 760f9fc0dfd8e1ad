/** Text that every database can hold, at most so long. */
export function cleanText(text: unknown, longest: number): string {
  const whole = String(text).replaceAll('\0', '').toWellFormed()
  return whole.length > longest ? `${whole.slice(0, longest - 1).toWellFormed()}…` : whole
}
