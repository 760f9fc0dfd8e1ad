import { useState } from 'react'
import { fromWall, toWall } from '../../lib/wall.ts'
import { TextInput } from '../../ui/form.tsx'

export interface InstantInputProps {
  readonly id: string
  /** ISO 8601; empty for none. */
  readonly value: string
  readonly onChange: (instant: string) => void
  /** Whose clock it is entered by. */
  readonly zone: string
  readonly required?: boolean
}

/** An instant, entered as a date and a time of day. */
export function InstantInput({ value, onChange, zone, ...rest }: InstantInputProps) {
  const [typed, setTyped] = useState('')
  const instant = typed === '' ? null : fromWall(typed, zone)
  return (
    <TextInput
      {...rest}
      type="datetime-local"
      step={1}
      className="tabular"
      // What somebody types stays as it is, also while a year has two digits only.
      value={value === '' ? '' : instant === value ? typed : toWall(value, zone)}
      onChange={(wall) => {
        setTyped(wall)
        onChange(wall === '' ? '' : (fromWall(wall, zone) ?? ''))
      }}
    />
  )
}
