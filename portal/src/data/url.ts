/** What a screen keeps in its address, so that it can be sent to somebody: filters, tabs, what is chosen. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'

/** One text of the query: `const [tab, setTab] = useUrlText('tab', 'runs')`. It is left out of the address where it is the usual one. */
export function useUrlText(name: string, usual = ''): [string, (value: string) => void] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>
  const navigate = useNavigate()
  const set = (value: string) =>
    void navigate({
      to: '.',
      search: ((before: object) => ({ ...before, [name]: value === usual ? undefined : value })) as never,
      replace: true,
    })
  return [search[name] ?? usual, set]
}

/** Changes several texts of the query at once: `change({ actor: 'ada', cursor: '' })`. Empty ones are left out of the address. */
export function useUrlChange(): (values: Readonly<Record<string, string>>) => void {
  const navigate = useNavigate()
  return (values) =>
    void navigate({ to: '.', search: ((before: object) => ({ ...before, ...values })) as never, replace: true })
}

/** As `useUrlText`, for a field in which somebody types: what is typed stands at once, also before the address has it. */
export function useUrlDraft(name: string): [string, (value: string) => void] {
  const [text, setText] = useUrlText(name)
  const [draft, setDraft] = useState(text)
  const seen = useRef(text)
  const own = useRef(new Set<string>())
  if (text !== seen.current) {
    seen.current = text
    if (!own.current.has(text)) setDraft(text) // a button that clears, or the way back
    if (text === draft) own.current.clear()
  }
  return [
    draft,
    (value) => {
      own.current.add(value)
      setDraft(value)
      setText(value)
    },
  ]
}
