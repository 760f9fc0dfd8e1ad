import { useNavigate, useSearch } from '@tanstack/react-router'
import { Search, X } from 'lucide-react'
import { useMemo } from 'react'
import { type Input, useRead } from '../../data/read.ts'
import { useUrlDraft, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { IconButton } from '../../ui/button.tsx'
import { Select, TextInput } from '../../ui/form.tsx'

const states = ['active', 'paused', 'inactive', 'completed'] as const
const origins = ['code', 'api'] as const
type State = (typeof states)[number]
type Origin = (typeof origins)[number]

/** What of the list is asked for, as the address says it. What the address says wrongly is left out. */
export function useFilters() {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>
  const navigate = useNavigate()
  const { q, job, state, origin } = search
  const input = useMemo((): Pick<Input<'schedules.list'>, 'job' | 'state' | 'origin'> => {
    const ofState = states.find((one) => one === state)
    const ofOrigin = origins.find((one) => one === origin)
    return { ...(job && { job }), ...(ofState && { state: ofState }), ...(ofOrigin && { origin: ofOrigin }) }
  }, [job, state, origin])
  const clear = () =>
    void navigate({
      to: '.',
      search: ((before: object) => ({
        ...before,
        q: undefined,
        job: undefined,
        state: undefined,
        origin: undefined,
      })) as never,
      replace: true,
    })
  return { input, isOn: Boolean(q) || Object.keys(input).length > 0, clear }
}

/** The row above the list. */
export function Filters() {
  const t = useTexts('schedules')
  const { isOn, clear } = useFilters()
  const [text, setText] = useUrlDraft('q')
  const [job, setJob] = useUrlText('job')
  const [state, setState] = useUrlText('state')
  const [origin, setOrigin] = useUrlText('origin')
  const { data } = useRead('handlers.list', undefined)
  const jobs = useMemo(() => {
    const ids = new Set(data?.handlers.map(({ id }) => id))
    if (job !== '') ids.add(job)
    return [...ids].sort()
  }, [data, job])
  return (
    <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2.5">
      <div className="relative min-w-40 flex-1 basis-56">
        <Search className="pointer-events-none absolute top-2.5 left-2.5 size-3.5 text-faint" aria-hidden />
        <TextInput
          data-filter
          type="search"
          aria-label={t('filter.text')}
          placeholder={t('filter.textHint')}
          className="pl-8"
          value={text}
          onChange={setText}
        />
      </div>
      <Select
        aria-label={t('filter.state')}
        className="w-auto! flex-1 sm:flex-none"
        value={state as State | ''}
        onChange={setState}
        options={[['', t('filter.anyState')], ...states.map((one) => [one, t(`state.${one}`)] as const)]}
      />
      <Select
        aria-label={t('filter.origin')}
        className="w-auto! flex-1 sm:flex-none"
        value={origin as Origin | ''}
        onChange={setOrigin}
        options={[['', t('filter.anyOrigin')], ...origins.map((one) => [one, t(`originOption.${one}`)] as const)]}
      />
      <Select
        aria-label={t('filter.job')}
        className="w-auto! max-w-56 flex-1 sm:flex-none"
        value={job}
        onChange={setJob}
        options={[['', t('filter.anyJob')], ...jobs.map((id) => [id, id] as const)]}
      />
      {isOn && (
        <IconButton label={t('clearFilter')} onClick={clear}>
          <X className="size-4" aria-hidden />
        </IconButton>
      )}
    </search>
  )
}
