/** A word that bash and zsh take as it is. */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ')
