import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useId, useMemo, useState } from 'react'
import { useMayCall } from '../data/me.ts'
import { useRead } from '../data/read.ts'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { TextInput } from '../ui/form.tsx'
import { places } from './places.ts'

interface Item {
  readonly id: string
  readonly group: string
  readonly label: string
  readonly go: () => void
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i
const mostOfAGroup = 6

interface Props {
  readonly onOpenChange: (open: boolean) => void
}

/** ⌘K: screens, schedules and handlers by name, jobs and flows by a pasted id, jobs by a filter. */
export default function Palette({ onOpenChange }: Props) {
  const t = useTexts('shell')
  return (
    <Dialog open onOpenChange={onOpenChange} title={t('palette.title')}>
      <Finder onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

function Finder({ onDone }: { readonly onDone: () => void }) {
  const t = useTexts('shell')
  const list = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const found = useFound(text)
  const chosen = Math.min(at, found.length - 1)
  const run = (item: Item | undefined) => {
    if (item === undefined) return
    onDone()
    item.go()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
    else if (event.key === 'Enter') run(found[chosen])
    else return
    event.preventDefault()
  }
  return (
    <>
      <TextInput
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={found[chosen] ? `${list}-${chosen}` : undefined}
        aria-label={t('palette.title')}
        placeholder={t('palette.hint')}
        value={text}
        onChange={(value) => {
          setText(value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={list} aria-label={t('palette.title')} className="mt-2 max-h-80 overflow-y-auto">
        {found.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the input
          <div
            key={item.id}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            onClick={() => run(item)}
            onMouseMove={() => setAt(i)}
            className={cx(
              'flex cursor-pointer items-center gap-3 rounded-md px-2.5 py-1.5 text-[13px]',
              i === chosen && 'bg-hover',
            )}
          >
            <span className="min-w-0 flex-1 truncate">{item.label}</span>
            <span className="text-faint text-xs">{item.group}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-2.5 py-3 text-[13px] text-soft">{t('palette.empty')}</p>}
    </>
  )
}

function useFound(text: string): readonly Item[] {
  const t = useTexts('shell')
  const navigate = useNavigate()
  const may = useMayCall()
  const { data: schedules } = useRead('schedules.list', { limit: 1_000 })
  const { data: handlers } = useRead('handlers.list', undefined)
  return useMemo(() => {
    const words = text.trim()
    const id = uuid.exec(words)?.[0].toLowerCase()
    if (id !== undefined)
      return [
        {
          id: 'job',
          group: t('palette.ids'),
          label: t('palette.job', { id }),
          go: () => void navigate({ to: '/jobs/$id', params: { id } }),
        },
        {
          id: 'flow',
          group: t('palette.ids'),
          label: t('palette.flow', { id }),
          go: () => void navigate({ to: '/flows/$id', params: { id } }),
        },
      ]
    const has = (name: string) => name.toLowerCase().includes(words.toLowerCase())
    const screens = places
      .filter(({ id, needs }) => may(needs) && (has(t(`nav.${id}`)) || has(id)))
      .map(({ id, to }) => ({
        id: `screen ${id}`,
        group: t('palette.screens'),
        label: t(`nav.${id}`),
        go: () => void navigate({ to }),
      }))
    if (words === '') return screens
    const named = (kind: 'schedules' | 'handlers', names: readonly string[]) =>
      names
        .filter(has)
        .slice(0, mostOfAGroup)
        .map((name) => ({
          id: `${kind} ${name}`,
          group: t(`palette.${kind}`),
          label: name,
          go: () => void navigate({ to: `/${kind}/$id`, params: { id: name } }),
        }))
    const filter =
      words.includes(':') || words.includes('.')
        ? [
            {
              id: 'filter',
              group: t('nav.jobs'),
              label: t('palette.filter', { text: words }),
              go: () => void navigate({ to: '/jobs', search: { filter: words } as never }),
            },
          ]
        : []
    return [
      ...filter,
      ...screens,
      ...named(
        'schedules',
        (schedules?.schedules ?? []).map((one) => one.id),
      ),
      ...named(
        'handlers',
        (handlers?.handlers ?? []).map((one) => one.id),
      ),
    ]
  }, [text, t, navigate, may, schedules, handlers])
}
