import type { ComponentProps, ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { Tip } from './tip.tsx'

export type ButtonKind = 'plain' | 'primary' | 'danger' | 'ghost'

const kinds: Readonly<Record<ButtonKind, string>> = {
  plain: 'border border-line-strong bg-surface hover:bg-hover',
  primary: 'bg-accent text-on-accent hover:brightness-110',
  danger: 'bg-danger text-on-danger hover:brightness-110',
  ghost: 'text-soft hover:bg-hover hover:text-ink',
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: ButtonKind
  readonly small?: boolean
  /** Something is under way: it cannot be pressed. */
  readonly busy?: boolean
  readonly icon?: ReactNode
}

export const buttonClass = (kind: ButtonKind = 'plain', small = false): string =>
  cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:opacity-50',
    small ? 'h-7 px-2.5 text-xs' : 'h-8.5 px-3.5 text-[13px]',
    kinds[kind],
  )

export function Button({ kind, small, busy = false, icon, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(kind, small), className)}
    >
      {icon}
      {children}
    </button>
  )
}

/** A button that is only a picture; its label is read out and shown when it is pointed at. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <Tip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cx(
          'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-50',
          className,
        )}
      >
        {children}
      </button>
    </Tip>
  )
}
