/** Where in an expression something is wrong, as the server's messages say it. */

const position = /at character (\d+)/

/** The expression with a caret below the place; nothing where the message names none. */
export function Place({ expression, message }: { readonly expression: string; readonly message: string }) {
  const at = Number(position.exec(message)?.[1] ?? 0)
  if (at < 1 || at > expression.length + 1) return null
  return (
    <pre
      aria-hidden
      className="mt-1.5 overflow-x-auto rounded-md bg-danger-soft px-2.5 py-1.5 font-mono text-[12px] text-danger leading-tight"
    >
      {`${expression}\n${' '.repeat(at - 1)}^`}
    </pre>
  )
}
