/** The scripts of `rota completion`, loaded by the shells they are for. A shell that is not installed is skipped. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { placesOf } from '../../src/cli/completion/tree.ts'
import { createProgram } from '../../src/cli/program.ts'
import { allStates } from '../../src/job/states.ts'
import { newFolder, rota } from './command.ts'

const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** The words a shell offers for a line, in a folder with one file and one folder. */
type Offer = (line: string) => string[]

let folder: string
beforeEach(() => {
  folder = newFolder()
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'some.config.ts'), '')
})

const run = (shell: string, args: string[], env = {}): string =>
  execFileSync(shell, args, { cwd: folder, encoding: 'utf8', timeout: 20_000, env: { ...process.env, ...env } })

const wordsOf = (text: string): string[] => [...new Set(text.split('\n').filter((word) => word !== ''))]

const inBash: Offer = (line) => {
  const breaks = ' \t\n"\'><=;|&(:'
  const ask = `source ./script && COMP_LINE="$1" COMP_POINT=\${#1} && _rota && printf '%s\\n' "\${COMPREPLY[@]}"`
  return wordsOf(run('bash', ['--norc', '--noprofile', '-c', ask, 'bash', line], { COMP_WORDBREAKS: breaks }))
}

const inFish: Offer = (line) =>
  wordsOf(run('fish', ['--no-config', '-c', 'source ./script; complete -C $argv[1]', line])).map(
    (offered) => offered.split('\t')[0] as string,
  )

/** A zsh on a terminal of its own: TAB, then what it lists, or what it wrote behind the line. */
const inZsh: Offer = (line) => {
  writeFileSync(
    join(folder, 'rc'),
    `PS1= PS2=; unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -u -D; source ./script
zstyle ':completion:*' list-grouped no; zstyle ':completion:*' verbose no; LISTMAX=10000; setopt no_list_beep
offer() { compstate[insert]= ; compstate[list]= ; print -rl -- $offered > offered }
compadd() { builtin compadd -O matched "$@"; offered+=($matched); builtin compadd "$@" }
typeset -a offered matched
comppostfuncs=(offer); zle -C ask complete-word ask; ask() { offered=(); comppostfuncs=(offer); _main_complete }
bindkey '^I' ask; print READY`,
  )
  const drive = `zmodload zsh/zpty; rm -f offered; zpty z zsh -f -i; zpty -w z 'source ./rc'; zpty -r -m z r '*READY*'
zpty -w -n z "$1"$'\\t'; integer n; while [[ ! -s offered ]] && (( n++ < 400 )); do sleep 0.02; done; cat offered; zpty -d z`
  return wordsOf(run('zsh', ['-f', '-c', drive, 'zsh', line], { TERM: 'xterm' }))
}

const shells: [string, Offer][] = [
  ['bash', inBash],
  ['zsh', inZsh],
  ['fish', inFish],
]

for (const [shell, offer] of shells) {
  describe.skipIf(!isInstalled(shell))(`${shell}${isInstalled(shell) ? '' : ' (not installed here)'}`, () => {
    beforeEach(async () => {
      const { code, stdout } = await rota(folder, 'completion', shell)
      expect(code).toBe(0)
      writeFileSync(join(folder, 'script'), stdout)
    })

    test('commands, and those below them', () => {
      expect(offer('rota ')).toEqual(expect.arrayContaining(['dev', 'worker', 'enqueue', 'jobs', 'completion']))
      expect(offer('rota en')).toEqual(['enqueue'])
      expect(offer('rota schedules ba')).toEqual(['backfill'])
      expect(offer('rota jobs re')).toEqual(expect.arrayContaining(['retry', 'reschedule']))
      expect(offer('rota --storage sqlite:a.db jobs sh')).toEqual(['show'])
      expect(offer('rota --storage jobs sho')).toEqual([])
    })

    test('flags of the command, and of all commands', () => {
      expect(offer('rota jobs cancel --')).toEqual(
        expect.arrayContaining(['--reason', '--json', '--help', '--storage', '--config']),
      )
      expect(offer('rota jobs cancel --')).not.toContain('--limit')
      expect(offer('rota jobs list --li')).toEqual(['--limit'])
    })

    test('values of flags and arguments, also behind a colon', () => {
      expect(offer('rota enqueue mail --priority ').sort()).toEqual(['critical', 'high', 'low', 'medium', 'veryLow'])
      const failed = shell === 'bash' ? 'failed' : 'state:failed' // bash wants what comes after the colon
      expect(offer('rota jobs list job:mail state:fa')).toEqual([failed])
      expect(offer('rota jobs list st').sort()).toEqual(allStates.map((state) => `state:${state}`).sort())
      expect(offer('rota schedules put x --overlap ').sort()).toEqual(['allow', 'queue', 'replace', 'skip'])
      expect(offer('rota schedules list --state pa')).toEqual(['paused'])
      expect(offer('rota completion ').sort()).toEqual(['bash', 'fish', 'zsh'])
    })

    test('files and folders where they are meant', () => {
      expect(offer('rota worker --config so')).toEqual(['some.config.ts'])
      expect(offer('rota dev s').map((word) => word.replace(/\/$/, ''))).toEqual(['src'])
      expect(offer('rota jobs show s')).toEqual([])
    })
  })
}

test('every command and every flag of the command line is known', () => {
  const places = placesOf(createProgram())
  expect(places.map(({ path }) => path)).toEqual(expect.arrayContaining(['', 'jobs', 'jobs list', 'completion']))
  for (const { path, flags } of places) {
    const names = flags.flatMap((flag) => flag.names)
    expect(names, path).toEqual(expect.arrayContaining(['--help', '--storage', '--config']))
  }
})

test('another shell is refused with the names of those there are', async () => {
  const { code, stderr } = await rota(folder, 'completion', 'tcsh')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/bash, zsh, fish/)])
})
