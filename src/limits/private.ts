/** Bounds of contacts and private messages. Read next: `../limits.ts`, which puts them together. */
import { DAY_MS, KIB, MINUTE_MS, SECOND_MS, limit } from './limit.js'

/** Contacts, greetings and letters. */
export const PRIVATE = {
  contactsMax: limit(512, 'count', 'half of the addresses that may be dialled for ever',
    'a further one is refused'),
  contactNameCharsMax: limit(50, 'count', 'the first seed\'s', 'a usage error'),
  exchangeKeyCharsMax: limit(8 * KIB, 'count',
    'an RSA key of 8,192 bits, to be refused by name, fits', 'a usage error'),
  greetingsPerLinkMax: limit(16, 'count', 'contacts that are sought by their keys are few',
    'the next link seeks the others'),
  greetingsServedMax: limit(32, 'count',
    'of one peer in a window: a few are honest, each opens a box',
    'further ones are refused unopened, and not greeted back'),
  greetingsWindowMs: limit(MINUTE_MS, 'ms', 'two milliseconds of opening in each',
    'greetings of a peer count anew'),
  greetingTriesMax: limit(3, 'count', 'a link that is replaced takes its questions with it',
    'the next link greets again'),
  greetingMaxMs: limit(10 * SECOND_MS, 'ms', 'as any request', 'the next link greets again'),
  codesKnownMax: limit(1_024, 'count', 'delivery codes of others than contacts; the largest roster',
    'the oldest is asked for again'),
  formerCodesMax: limit(4, 'count', 'contacts that were away for several changes',
    'the oldest former inbox is read no more'),
  formerCodeKeptMs: limit(30 * DAY_MS, 'ms', 'as long as a lost contact is sought',
    'the former inbox is read no more'),
  unmetTriedMax: limit(16, 'count', 'boxes of a stranger are tried with keys of contacts not met',
    'the letter is dropped unopened'),
  lettersMax: limit(1_000, 'count', 'a screen has fifty', 'the oldest go'),
  lettersBytesMax: limit(16 * KIB * KIB, 'bytes', 'sixty letters of the largest default content',
    'the oldest go'),
} as const
