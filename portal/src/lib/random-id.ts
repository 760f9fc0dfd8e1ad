/** An id that nobody else has. `crypto.randomUUID` is only there where the page is secure: behind https, or on this machine. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
