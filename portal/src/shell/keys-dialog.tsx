import { useTexts } from '../lib/texts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { places } from './places.ts'

interface Props {
  readonly onOpenChange: (open: boolean) => void
}

export default function KeysDialog({ onOpenChange }: Props) {
  const t = useTexts('shell')
  const single: readonly (readonly [string, string])[] = [
    ['Ctrl K', t('keys.palette')],
    ['/', t('keys.filter')],
    ['r', t('keys.refresh')],
    ['p', t('keys.pause')],
    ['?', t('keys.help')],
  ]
  return (
    <Dialog open onOpenChange={onOpenChange} title={t('keys.title')}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 text-[13px]">
        {single.map(([key, means]) => (
          <Line key={key} keys={[key]} means={means} />
        ))}
        {places.map(({ id, key }) => (
          <Line key={id} keys={['g', key]} means={t(`nav.${id}`)} />
        ))}
      </dl>
    </Dialog>
  )
}

function Line({ keys, means }: { readonly keys: readonly string[]; readonly means: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded border border-line-strong bg-canvas px-1.5 py-0.5 text-center font-mono text-[11px]"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{means}</dd>
    </>
  )
}
