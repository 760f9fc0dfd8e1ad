/** What requests of jobs may reach beside public addresses: flag > environment > configuration file. */
import type { Command } from 'commander'
import { RotaError, type RotaOptions } from '../index.ts'
import { checkAllow } from '../kinds/http/target.ts'
import { listFlag } from './flags.ts'

export interface HttpAllowFlags {
  readonly httpAllow?: string
}

export const addHttpAllow = (command: Command): Command =>
  command.option(
    '--http-allow <list>',
    'what HTTP jobs may reach beside public addresses: 127.0.0.1,10.0.0.0/8,billing.internal:8080 (default: environment ROTA_HTTP_ALLOW, then none)',
  )

/** What was said outside of the file; null for nothing. */
export interface AllowedOutside {
  readonly allow: readonly string[]
  readonly from: string
}

/** @throws RotaError that names the flag or the variable */
export function allowFromOutside({ httpAllow }: HttpAllowFlags, options: RotaOptions): AllowedOutside | null {
  const { ROTA_HTTP_ALLOW } = process.env
  if (httpAllow !== undefined) {
    if (options.http === false) throw makesNone()
    return { allow: listOf(httpAllow, '--http-allow'), from: 'flag --http-allow' }
  }
  // It may be set for all processes of a machine.
  if (!ROTA_HTTP_ALLOW || options.http === false) return null
  return { allow: listOf(ROTA_HTTP_ALLOW, 'ROTA_HTTP_ALLOW'), from: 'environment ROTA_HTTP_ALLOW' }
}

export const withAllowed = (options: RotaOptions, outside: AllowedOutside | null): RotaOptions =>
  outside === null ? options : { ...options, http: { ...(options.http || {}), allow: outside.allow } }

function listOf(text: string, name: string): readonly string[] {
  const entries = listFlag(text, name, 'address')
  checkAllow(entries, name)
  return entries
}

const makesNone = () =>
  new RotaError('option_invalid', '--http-allow: the configuration file says `http: false`, so nothing is requested.', {
    field: 'http-allow',
  })
