import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RotaError } from '../job/errors.ts'
import { zoneOf } from './zone.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** Seconds by which a clock is before UTC, as Intl shows it. */
function offsetByIntl(timeZone: string, instant: number): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', year: 'numeric' })
  formats.set(timeZone, format)
  const [, sign, hours = 0, minutes = 0] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(instant * 1_000)) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60)
}

const zones = Intl.supportedValuesOf('timeZone')
const instant = fc.integer({ min: Date.UTC(1975, 0, 1) / 1_000, max: Date.UTC(2060, 0, 1) / 1_000 })

test('a stretch has the offset of Intl at its ends and in between, and others before and after', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), instant, (id, at) => {
      const { from, until, offset } = zoneOf(id).stretchAt(at)
      expect(from).toBeLessThanOrEqual(at)
      expect(until).toBeGreaterThan(at)
      expect([id, at, offset]).toEqual([id, at, offsetByIntl(id, at)])
      if (from > Date.UTC(1973, 0, 1) / 1_000) {
        expect([id, from, offsetByIntl(id, from)]).toEqual([id, from, offset])
        expect(offsetByIntl(id, from - 1)).not.toBe(offset)
      }
      if (until !== Number.POSITIVE_INFINITY) {
        expect([id, until, offsetByIntl(id, until - 1)]).toEqual([id, until, offset])
        expect(offsetByIntl(id, until)).not.toBe(offset)
      }
    }),
    { numRuns: 400 },
  )
})

test('stretches follow each other without a gap, whatever is asked for first', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('Africa/Casablanca', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Gaza'),
      instant,
      (id, at) => {
        const zone = zoneOf(id)
        const stretch = zone.stretchAt(at)
        if (stretch.until !== Number.POSITIVE_INFINITY) expect(zone.stretchAt(stretch.until).from).toBe(stretch.until)
        if (stretch.from !== Number.NEGATIVE_INFINITY) expect(zone.stretchAt(stretch.from - 1).until).toBe(stretch.from)
        expect(zone.stretchAt(stretch.from === Number.NEGATIVE_INFINITY ? at : stretch.from)).toEqual(stretch)
      },
    ),
    { numRuns: 200 },
  )
})

test('a change of the name only is no end of a stretch', () => {
  // In 2016 Russia's zones got other rules; Moscow itself has kept its offset since 2014.
  const { from, until } = zoneOf('Europe/Moscow').stretchAt(Date.UTC(2020, 0, 1) / 1_000)
  expect([new Date(from * 1_000).toISOString(), until]).toEqual(['2014-10-25T22:00:00.000Z', Number.POSITIVE_INFINITY])
})

test('UTC and offsets have one stretch', () => {
  const offsets = ['UTC', '+05:30', '-03:00', 'Etc/GMT+12'].map((id) => zoneOf(id).stretchAt(0))
  expect(offsets.map(({ offset }) => offset)).toEqual([0, 19_800, -10_800, -43_200])
  expect(offsets.every(({ from, until }) => from === -until && until === Number.POSITIVE_INFINITY)).toBe(true)
})

test('a day that a zone leaves out, and changes at midnight', () => {
  const apia = zoneOf('Pacific/Apia').stretchAt(Date.UTC(2011, 11, 30, 12) / 1_000)
  expect([new Date(apia.from * 1_000).toISOString(), apia.offset]).toEqual(['2011-12-30T10:00:00.000Z', 50_400])
  const saoPaulo = zoneOf('America/Sao_Paulo').stretchAt(Date.UTC(2018, 11, 1) / 1_000)
  expect([saoPaulo.from, saoPaulo.until].map((at) => new Date(at * 1_000).toISOString())).toEqual([
    '2018-11-04T03:00:00.000Z',
    '2019-02-17T02:00:00.000Z',
  ])
})

test('the farthest instants have a stretch as well', () => {
  for (const id of ['Europe/Rome', 'UTC'])
    for (const at of [-8.64e12, 8.64e12]) expect(Number.isFinite(zoneOf(id).stretchAt(at).offset)).toBe(true)
})

test.each([
  ['Europe/Rom', /timezone: "Europe\/Rom" is no time zone, did you mean "Europe\/Rome"\?/],
  ['', /"" is no time zone/],
  ['5', /IANA name/],
  ['x'.repeat(70), /is no time zone/],
  ['+25:00', /is no time zone/],
])('%j is refused', (id, message) => {
  try {
    zoneOf(id)
  } catch (error) {
    expect(error).toBeInstanceOf(RotaError)
    expect(error).toMatchObject({
      code: 'schedule_invalid',
      field: 'timezone',
      message: expect.stringMatching(message),
    })
    return
  }
  throw new Error('it was taken')
})
