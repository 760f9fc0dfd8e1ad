/**
 * What handlers find in `ctx.services`, by name. An application says what is there:
 *
 * @example
 * declare module 'rota' {
 *   interface Services {
 *     mailer: Mailer
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications fill it
export interface Services {}
