/**
 * What the end of its timeout means for a try.
 * - `'fail'`: the signal fires and the try has failed
 * - `'mark'`: the handler may finish; its success is recorded with the reason `timed_out`
 */
export const onTimeouts = Object.freeze(['fail', 'mark'] as const)
/** What a timeout means: the try has failed, or may finish and is marked. */
export type OnTimeout = (typeof onTimeouts)[number]
