/** Parts that hold others. */
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../button.tsx'
import { pathOf } from './check.ts'
import { useHelp } from './inputs.tsx'
import { Part, PartName, type PartProps, usePart } from './parts.tsx'
import type { GroupShape, ListShape } from './shape.ts'
import { blank, blankItem, isRecord, own, withProperty } from './values.ts'

type Values = Readonly<Record<string, unknown>>

/** The fields of an object, without a frame. */
export function Fields({
  shape,
  value,
  path,
  onChange,
}: {
  readonly shape: GroupShape
  readonly value: Values
  readonly path: string
  readonly onChange: (value: Values) => void
}) {
  const t = useTexts('payload')
  const names = new Set(shape.fields.map(({ name }) => name))
  const others = Object.keys(value).filter((name) => !names.has(name))
  return (
    <div className="space-y-3.5">
      {shape.fields.map((field) => (
        <Part
          key={field.name}
          shape={field.shape}
          name={field.name}
          path={pathOf(path, field.name)}
          value={own(value, field.name)}
          required={field.required}
          onChange={(next) => onChange(withProperty(value, field.name, next))}
        />
      ))}
      {shape.fields.length === 0 && <p className="text-[13px] text-faint">{t('noFields')}</p>}
      {others.length > 0 && (
        <p className="break-words text-faint text-xs">
          {t('others', { count: others.length, names: others.slice(0, 5).join(', ').slice(0, 200) })}
        </p>
      )}
    </div>
  )
}

/** @param action at the end of the row with the name */
function Frame({
  props,
  action,
  children,
}: {
  readonly props: PartProps
  readonly action?: ReactNode
  readonly children?: ReactNode
}) {
  const help = useHelp({ ...props.shape, usual: undefined })
  const { error } = usePart(props)
  return (
    <fieldset className="min-w-0 rounded-lg border border-line px-3 pt-1.5 pb-3">
      <div className="flex min-h-8 items-center gap-2">
        <legend className="float-left min-w-0 flex-1 py-1 font-medium text-[13px]">
          <PartName {...props} />
        </legend>
        {action}
      </div>
      {help !== '' && <p className="mb-2 break-words text-faint text-xs">{help}</p>}
      {error !== null && <p className="mb-2 text-danger text-xs">{error}</p>}
      {children}
    </fieldset>
  )
}

export function GroupPart(props: PartProps<GroupShape>) {
  const { shape, value, path, required, name, onChange } = props
  const t = useTexts('payload')
  const label = shape.title ?? name
  if (!isRecord(value))
    return (
      <Frame
        props={props}
        action={
          <Button
            small
            icon={<Plus className="size-3.5" aria-hidden />}
            aria-label={t('addNamed', { name: label })}
            onClick={() => onChange(blank({ ...shape, usual: undefined }))}
          >
            {t('add')}
          </Button>
        }
      />
    )
  return (
    <Frame props={props} action={!required && <LeaveOut name={label} onClick={() => onChange(undefined)} />}>
      <Fields shape={shape} value={value} path={path} onChange={onChange} />
    </Frame>
  )
}

function LeaveOut({ name, onClick }: { readonly name: string; readonly onClick: () => void }) {
  const t = useTexts('payload')
  return (
    <Button small kind="ghost" aria-label={t('leaveOutNamed', { name })} onClick={onClick}>
      {t('leaveOut')}
    </Button>
  )
}

export function ListPart(props: PartProps<ListShape>) {
  const { shape, value, path, required, name, onChange } = props
  const t = useTexts('payload')
  const label = shape.title ?? name
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  const change = (next: readonly unknown[]) => onChange(next)
  const put = (at: number, next: unknown) => change(items.with(at, next === undefined ? blankItem(shape.item) : next))
  const move = (from: number, to: number) => change(items.with(to, items[from]).with(from, items[to]))
  const isFramed = shape.item.kind === 'group' || shape.item.kind === 'list' // it has a row of its own for the buttons
  const full = shape.most !== null && items.length >= shape.most
  return (
    <Frame
      props={props}
      action={!required && value !== undefined && <LeaveOut name={label} onClick={() => onChange(undefined)} />}
    >
      <ol className="space-y-2.5">
        {items.map((item, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items have nothing else to be known by
          <li key={i} className={isFramed ? 'relative' : 'flex items-start gap-1'}>
            <div className="min-w-0 flex-1">
              <Part
                shape={shape.item}
                name={t('item', { at: i + 1 })}
                path={pathOf(path, i)}
                value={item}
                required
                isItem
                onChange={(next) => put(i, next)}
              />
            </div>
            <div className={isFramed ? 'absolute top-2 right-2 flex' : 'flex pt-6.5'}>
              <IconButton
                label={t('up', { at: i + 1 })}
                disabled={i === 0}
                onClick={() => move(i, i - 1)}
                className="size-7"
              >
                <ArrowUp className="size-3.5" aria-hidden />
              </IconButton>
              <IconButton
                label={t('down', { at: i + 1 })}
                disabled={i === items.length - 1}
                onClick={() => move(i, i + 1)}
                className="size-7"
              >
                <ArrowDown className="size-3.5" aria-hidden />
              </IconButton>
              <IconButton
                label={t('remove', { at: i + 1 })}
                onClick={() => change(items.toSpliced(i, 1))}
                className="size-7"
              >
                <X className="size-3.5" aria-hidden />
              </IconButton>
            </div>
          </li>
        ))}
      </ol>
      <Button
        small
        disabled={full}
        className={items.length > 0 ? 'mt-2.5' : ''}
        icon={<Plus className="size-3.5" aria-hidden />}
        aria-label={t('addItemTo', { name: label })}
        onClick={() => change([...items, blankItem(shape.item)])}
      >
        {t('addItem')}
      </Button>
    </Frame>
  )
}
