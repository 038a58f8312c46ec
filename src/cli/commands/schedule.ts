/** The verbs `schedule …`: texts that a running node publishes by the clock. */
import { FILE_FLAG, SOURCE_FLAG, TOPIC_FLAG, given } from '../client-flags.js'
import { contentOf } from '../content.js'
import { EXIT } from '../exit-code.js'
import { JSON_FLAG, NODE_FLAG } from '../flags.js'
import { contentCell, table, topicCell } from '../table.js'
import { jsonText, quote } from '../values.js'
import { verb } from '../verb.js'
import { withNode } from '../with-node.js'

export const scheduleAdd = verb({
  words: ['schedule', 'add'],
  purpose: 'publish a text again and again',
  operands: [
    { name: 'EXPRESSION', about: 'as cron has it: minute hour day month weekday, in quotes' },
    { name: 'TEXT', about: 'the content; else --file, else stdin', isOptional: true },
  ],
  flags: {
    topic: TOPIC_FLAG,
    file: FILE_FLAG,
    source: SOURCE_FLAG,
    node: NODE_FLAG,
    json: JSON_FLAG,
  },
  isOfNode: false,
  examples: [
    ['p2p-gossip schedule add "*/5 * * * *" --topic status -- "still here"', 'each five minutes'],
    ['p2p-gossip schedule add "0 9 * * mon-fri" -- "good morning"', 'on working days'],
  ],
  act: async (settings, world) => {
    const { output } = world
    const { values: { topic, file, source, json }, operands: [expression = '', text] } = settings
    const content = await contentOf(text, file, world)
    const asked = given({ expression, topic, ...content, source })
    const added = await withNode(settings, world, node => node.addSchedule(asked))
    output.print(json === true
      ? jsonText(added)
      : `schedule ${added.id}, next at ${added.next ?? 'no time'}`)
    return EXIT.fine
  },
})

export const scheduleList = verb({
  words: ['schedule', 'list'],
  purpose: 'list what is published by the clock',
  operands: [],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [['p2p-gossip schedule list', 'with the next time of each']],
  act: async (settings, world) => {
    const { output, colours } = world
    const rows = await withNode(settings, world, node => node.schedules())
    output.print(settings.values.json === true
      ? jsonText({ schedules: rows })
      : await table(['id', 'when', 'topic', 'next', 'content'], rows.map(row => [
        row.id, row.expression, topicCell(row.topic, row.topic), row.next ?? 'never',
        contentCell(row),
      ]), 'nothing is scheduled', colours))
    return EXIT.fine
  },
})

export const scheduleRemove = verb({
  words: ['schedule', 'remove'],
  purpose: 'end a schedule',
  operands: [{ name: 'ID', about: 'as schedule list shows it' }],
  flags: { node: NODE_FLAG, json: JSON_FLAG },
  isOfNode: false,
  examples: [['p2p-gossip schedule remove 9f86d081884c7d65', 'the one with this id']],
  act: async (settings, world) => {
    const [id = ''] = settings.operands
    await withNode(settings, world, node => node.removeSchedule(id))
    world.output.print(settings.values.json === true
      ? jsonText({ removed: id })
      : `removed ${quote(id)}`)
    return EXIT.fine
  },
})
