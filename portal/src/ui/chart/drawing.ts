/** What a chart draws. */
export interface Line {
  readonly id: string
  readonly label: string
  /** Name of a custom property of the style sheet: `--good`. */
  readonly color: string
  /** One for each time; null where nothing is known, which leaves a gap. */
  readonly values: readonly (number | null)[]
  /** Strokes and gaps, so that lines are told apart without colours. */
  readonly dash?: readonly number[]
}

export interface Drawing {
  /** Charts of a group share their cursor, and have the same times. */
  readonly group: string
  /** When each point begins, in milliseconds. */
  readonly times: readonly number[]
  /** How long a point is, in milliseconds. */
  readonly step: number
  readonly kind: 'stack' | 'lines'
  /** `log` for durations: from milliseconds to days in one picture. @default linear */
  readonly scale?: 'linear' | 'log'
  /** Only whole numbers beside the axis. */
  readonly whole?: boolean
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
  /** Beside the axis. @default as `format` */
  readonly tick?: (value: number) => string
}
