/**
 * Files that the operator names: the config file, JSON or INI by its content, and PEM files. Keys
 * of a config file are the flags without `--`. Read next: `settings.ts`.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse as parseIni } from 'ini'
import { OPTION_LIMITS } from '../limits.js'
import { usageError } from './exit-code.js'
import type { Value } from './flag.js'
import { voidphoneSettings } from '../voidphone/config-ini.js'
import { fileKeys, flagOf, type FlagName } from './flags.js'
import { nearest } from './nearest.js'
import { quote, quotePath, valueFromJson, valueFromText, valueFromTexts } from './values.js'

export interface FileSetting {
  readonly name: FlagName
  readonly value: Value
  readonly origin: string
}

/** Reads and judges a whole config file. `origin`: what named it. Throws `option-invalid`. */
export function readConfigFile (path: string, origin: string): FileSetting[] {
  return parseConfig(readTextFile(path, origin), path)
}

/** The same for its text; paths in it are relative to the file. */
export function parseConfig (text: string, path: string): FileSetting[] {
  const plain = text.replace(/^\uFEFF/, '')
  const isJson = plain.trimStart().startsWith('{')
  if (!isJson && isOfCourse(plain)) return courseSettings(plain, path)
  const entries = Object.entries(isJson ? fromJson(plain, path) : parseIni(plain))
  return entries.map(([key, value]) => {
    const name = fileKeys().find(known => known === key)
    if (name === undefined) throw unknownKey(key, value, path)
    const origin = `${key} in ${quotePath(path)}`
    const read = isJson ? valueFromJson(flagOf(name), value, origin) : fromIni(name, value, origin)
    return { name, value: located(name, read, path), origin }
  })
}

/** The file that programs of the Voidphone course share. */
function isOfCourse (text: string): boolean {
  return /^\s*(hostkey\s*=|\[gossip\]\s*$)/m.test(text)
}

function courseSettings (text: string, path: string): FileSetting[] {
  const { keyFile, maxLinks, cacheSize, api, p2p, bootstrapper } = voidphoneSettings(text, path)
  const put = (name: FlagName, value: Value, key: string): FileSetting =>
    ({ name, value: located(name, value, path), origin: `${key} in ${quotePath(path)}` })
  return [
    put('key', keyFile, 'hostkey'), put('max-links', maxLinks, 'degree'),
    put('cache-size', cacheSize, 'cache_size'), put('api', api, 'api_address'),
    put('p2p', p2p, 'p2p_address'),
    ...(bootstrapper === null ? [] : [put('bootstrapper', bootstrapper, 'bootstrapper')]),
  ]
}

/** Text of a file the operator named; `origin` is the flag, variable or key that named it. */
export function readTextFile (path: string, origin: string): string {
  const bytes = readFileBytes(path, origin, OPTION_LIMITS.fileBytesMax + 1)
  if (bytes.length > OPTION_LIMITS.fileBytesMax) {
    throw usageError(`${origin}: ${quotePath(path)} is larger than a MiB; give the right file`)
  }
  return bytes.toString('utf8')
}

/** At most so many first bytes of a file. */
export function readFileBytes (path: string, origin: string, bytesMax: number): Buffer {
  const bytes = Buffer.alloc(bytesMax)
  let length = 0
  try {
    const file = openSync(path, 'r')
    try {
      let read = -1
      while (read !== 0 && length < bytes.length) {
        read = readSync(file, bytes, length, bytes.length - length, null)
        length += read
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw usageError(`${origin}: cannot read ${quotePath(path)}: ${reasonOf(error)}`)
  }
  return bytes.subarray(0, length)
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'it exists',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
}

/** A file system error in words. */
export function reasonOf (error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return REASONS[code] ?? code
}

function fromJson (text: string, path: string): object {
  try {
    return JSON.parse(text) as object
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw usageError(`${quotePath(path)} begins as JSON but is not: ${why}`)
  }
}

/** INI knows texts, and takes true, false and null for more than that. */
function fromIni (name: FlagName, value: unknown, origin: string): Value {
  if (Array.isArray(value)) return valueFromTexts(flagOf(name), value.map(String), origin)
  return valueFromText(flagOf(name), String(value), origin)
}

function located (name: FlagName, value: Value, path: string): Value {
  const { kind } = flagOf(name)
  const isPath = (kind === 'file' || kind === 'directory') && typeof value === 'string'
  return isPath ? resolve(dirname(path), value) : value
}

function unknownKey (key: string, value: unknown, path: string): Error {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return usageError(
      `unknown section ${quote(key)} in ${quotePath(path)}; keys stand outside of sections`,
    )
  }
  const near = nearest(key.replaceAll('_', '-'), fileKeys())
  const advice = near === null ? `the keys are ${fileKeys().join(', ')}` : `did you mean ${near}?`
  return usageError(`unknown key ${quote(key)} in ${quotePath(path)}; ${advice}`)
}
