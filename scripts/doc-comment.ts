/** What a doc comment says, with its tags apart. */
export interface Doc {
  readonly text: string
  /** Name and meaning; a default that follows is theirs. */
  readonly params: readonly { readonly text: string; readonly default: string | null }[]
  readonly default: string | null
  readonly throws: string | null
  readonly example: string | null
  readonly internal: boolean
}

const tag = /(?:^|[\s;])@(param|default|throws|example|internal)\b[ ]?/g

/** @param comment with its stars, or nothing */
export function parseDoc(comment: string | undefined): Doc {
  const body = (comment ?? '')
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
  const marks = [...body.matchAll(tag)]
  const parts = marks.map((mark, i) => {
    const text = body.slice(mark.index + mark[0].length, marks[i + 1]?.index)
    return { name: mark[1] as string, text: mark[1] === 'example' ? text.replace(/^\n|\s+$/g, '') : oneParagraph(text) }
  })
  const of = (name: string, among = parts) => among.find((part) => part.name === name)?.text ?? null
  const params = parts.flatMap(({ name, text }, i) => {
    const after = parts[i + 1]
    return name === 'param' ? [{ text, default: after?.name === 'default' ? after.text : null }] : []
  })
  return {
    text: body.slice(0, marks[0]?.index).trim(),
    params,
    default: of(
      'default',
      parts.filter((_, i) => parts[i - 1]?.name !== 'param'),
    ),
    throws: of('throws'),
    example: of('example'),
    internal: of('internal') !== null,
  }
}

const oneParagraph = (text: string): string => text.replace(/\s+/g, ' ').replace(/;$/, '').trim()
