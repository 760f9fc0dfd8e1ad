/**
 * What the end of its timeout means for a try.
 * - `'fail'`: the signal fires and the try has failed
 * - `'mark'`: the handler may finish; its success is recorded with the reason `timed_out`
 */
export const onTimeouts = Object.freeze(['fail', 'mark'] as const)
export type OnTimeout = (typeof onTimeouts)[number]
