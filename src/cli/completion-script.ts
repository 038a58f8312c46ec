/**
 * A script that makes a shell complete verbs, flags, choices and files: made of what verbs declare,
 * so it calls nothing while somebody types. zsh takes the script of bash. Read next: `registry.ts`.
 */
import type { Flag } from './flag.js'
import { RUN, VERBS } from './registry.js'
import { nameOf, type Verb } from './verb.js'

export function completionScript (shell: 'bash' | 'zsh'): string {
  return shell === 'bash' ? bash() : `autoload -U +X bashcompinit && bashcompinit\n${bash()}`
}

function bash (): string {
  const firsts = [...new Set(VERBS.map(({ words: [first] }) => first))]
  const groups = firsts.flatMap(first => {
    const seconds = VERBS.flatMap(({ words }) => words[0] === first && words.length === 2
      ? [words[1]]
      : [])
    return seconds.length === 0 ? [] : [`      ${first}) seconds='${seconds.join(' ')}' ;;`]
  })
  return `# Completion of p2p-gossip for bash, and for zsh with bashcompinit.
_p2p_gossip () {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local first="\${COMP_WORDS[1]}" verb=run words='' seconds='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [ "\${COMP_WORDS[i]}" = -- ]; then return 0; fi
  done
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "$first" in
${groups.join('\n')}
    esac
    case "$first" in
      ${firsts.join('|')}) verb="$first" ;;
    esac
    case " $seconds " in
      *" \${COMP_WORDS[2]} "*)
        if [ "$COMP_CWORD" -gt 2 ]; then verb="$first \${COMP_WORDS[2]}"; fi ;;
    esac
  fi
  case "$verb $before" in
${VERBS.flatMap(choiceLines).join('\n')}
  esac
  case "$verb" in
${VERBS.map(flagLine).join('\n')}
${groupLines().join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words='${firsts.join(' ')} '"$words"; fi
  if [ "$COMP_CWORD" -eq 2 ]; then words="$seconds $words"; fi
  case "$current" in
    -*) ;;
    *) if [ "$COMP_CWORD" -gt 2 ] || [ "$verb" != run ]; then words="$seconds"; fi
       if [ "$COMP_CWORD" -gt 2 ]; then words=''; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _p2p_gossip p2p-gossip`
}

/** What stands behind a flag: its choices, a file, or nothing that is known. */
function choiceLines (verb: Verb): string[] {
  return Object.entries(verb.flags).flatMap(([name, flag]) => {
    if (flag.kind === 'switch') return []
    const pattern = `'${nameOf(verb)} --${name}'`
    return [`    ${pattern}) ${replyOf(flag)}; return 0 ;;`]
  })
}

function replyOf ({ kind, choices }: Flag): string {
  if (choices !== undefined) {
    return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current"))`
  }
  if (kind === 'file') return 'COMPREPLY=($(compgen -f -- "$current"))'
  if (kind === 'directory') return 'COMPREPLY=($(compgen -d -- "$current"))'
  if (kind === 'stored') return 'COMPREPLY=($(compgen -W all -- "$current"))'
  return 'COMPREPLY=()'
}

function flagLine (verb: Verb): string {
  const flags = [...Object.keys(verb.flags), 'help', ...(verb === RUN ? ['version'] : [])]
  return `    '${nameOf(verb)}') words='${flags.map(name => `--${name}`).join(' ')}' ;;`
}

/** A group that is no verb by itself has its help. */
function groupLines (): string[] {
  const names = new Set(VERBS.map(nameOf))
  const groups = VERBS.map(({ words: [first] }) => first).filter(first => !names.has(first))
  return [...new Set(groups)].map(group => `    '${group}') words='--help' ;;`)
}
