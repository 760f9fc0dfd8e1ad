/** Without those that look alike. */
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 116 bits, in groups that can be read out. */
export function suggestPassword(): string {
  const groups = Array.from({ length: 4 }, () => Array.from({ length: 5 }, pick).join(''))
  return groups.join('-')
}

function pick(): string {
  for (;;) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1))
    const letter = letters[(byte as number) % 64]
    if (letter !== undefined) return letter // each is as likely as any other
  }
}
