/** The verb `completion`: a script for a shell. Read next: `../completion-script.ts`. */
import { EXIT, usageError } from '../exit-code.js'
import { quote } from '../values.js'
import { verb } from '../verb.js'

export const completion = verb({
  words: ['completion'],
  purpose: 'print a script that makes bash or zsh complete verbs, flags and choices',
  operands: [{ name: 'SHELL', about: 'bash or zsh; bash when none is given', isOptional: true }],
  flags: {},
  isOfNode: false,
  examples: [
    ['source <(p2p-gossip completion bash)', 'in ~/.bashrc'],
    ['source <(p2p-gossip completion zsh)', 'in ~/.zshrc, after compinit'],
  ],
  act: ({ operands: [shell = 'bash'] }, { output, completion: scriptOf }) => {
    if (shell !== 'bash' && shell !== 'zsh') {
      throw usageError(`completion knows bash and zsh, not ${quote(shell)}`)
    }
    output.print(scriptOf(shell))
    return EXIT.fine
  },
})
