import { expect, test } from 'vitest'
import { caretLines } from './caret.ts'

test('the caret stands under the character that the message names', () => {
  expect(caretLines('when.cron: "X" is not known at character 3 of "0 X"; …', '0 X')).toEqual(['  0 X', '    ^'])
  expect(caretLines('the end at character 6 is not expected here', 'every')).toEqual(['  every', '       ^'])
})

test('what was typed may look like a place itself', () => {
  const message = 'when.natural: "at character 1" at character 7 is not understood'
  expect(caretLines(message, 'every at character 1')[1]).toBe(`${' '.repeat(2 + 6)}^`)
  expect(caretLines('"a\\" at character 9 \\"b" is wrong', 'x'.repeat(20))).toEqual([])
})

test('a message without a place, or one outside of the expression, has no caret', () => {
  for (const message of ['no place', 'at character 0', 'at character 99'])
    expect(caretLines(message, 'abc')).toEqual([])
})

test('controls keep their column and command nothing; of a long expression the part around is shown', () => {
  expect(caretLines('at character 4', 'a\x1b\nb')).toEqual(['  a? b', '     ^'])
  const [line, caret] = caretLines('at character 101', `${'a'.repeat(100)}B${'c'.repeat(100)}`) as [string, string]
  expect([line.length, line[caret.indexOf('^')]]).toEqual([76, 'B'])
})
