/**
 * Bounds of routes: link tables, what is passed on, pings over several links.
 * Read next: `../limits.ts`, which puts them together.
 */
import { SECOND_MS, limit } from './limit.js'

/** Link tables and what follows from them. */
export const ROUTE = {
  tableAfterMs: limit(300, 'ms', 'links come and go together', 'the own table is signed anew'),
  tableWaitsMaxMs: limit(2 * SECOND_MS, 'ms', 'while links change without end',
    'the own table is signed all the same'),
  tableEveryMs: limit(60 * SECOND_MS, 'ms', 'round-trip times change slowly',
    'the own table is signed with fresh ones'),
  tablePassedAfterMs: limit(50, 'ms', 'others may show it meanwhile', 'a table is passed on'),
  tableFanout: limit(4, 'count', 'of another member\'s changed table; as of records, see ADR 3',
    'other links learn it from those, or by comparing'),
  tablesPerSecondMax: limit(1, 'per s', 'tables of one owner: thrice what an honest one signs',
    'further ones are passed over until a digest brings them'),
  tablesBurstMax: limit(8, 'count', 'tables of one owner at once: a mesh that forms',
    'further ones are passed over until a digest brings them'),
  tableExchangeEveryMs: limit(5 * SECOND_MS, 'ms', 'as rosters',
    'tables are compared with a random link'),
  tableMergeAfterMs: limit(500, 'ms', 'links of a merge come together',
    'tables are compared with peers that no way reached before'),
  tableMergesMax: limit(8, 'count', 'fresh links looked at: one that joins two parts is enough',
    'others wait for the next exchange of tables'),
  onwardsKeptMax: limit(1_024, 'count', 'authors whose tree is remembered: a full roster',
    'the oldest is worked out again'),
  graphKeptMs: limit(1_000, 'ms', 'round-trip times matter for the choice of a tree only',
    'fresh round-trip times are looked at'),
  lookAroundAfterMs: limit(500, 'ms', 'tables come together', 'who is reached is looked at again'),
  headsAfterMs: limit(100, 'ms', 'new bulletins that come together are told together',
    'links that nobody sends them to are told'),
  headsAskedAfterMs: limit(300, 'ms', 'what the tree brings is on its way',
    'what was told and has not come is asked for'),
  headsTellersMax: limit(4, 'count', 'members that tell one of the same news',
    'others on no shorter way to the author are silent'),
  headsWaitingMax: limit(16_384, 'count', 'ranges told that may still come by themselves',
    'further ones are passed over: the next exchange of logs brings them'),
  headsWaitingOfOneMax: limit(2_048, 'count', 'ranges that one link told: two frames of them',
    'further ones are passed over: nobody takes the room of all'),
  seenByMax: limit(8, 'count', 'members that a row of `peers()` names as linked with a peer',
    'others are counted by `explain` only'),
  relayPingHopsMax: limit(8, 'count', 'links that a ping passes at most', 'it ends there'),
  relayPingsSeenMax: limit(64, 'count', 'pings of one origin: a window against replays',
    'older ones are passed over'),
  relayPingOriginsMax: limit(1_024, 'count', 'origins whose pings are remembered: a full roster',
    'the longest known is forgotten'),
} as const
