/**
 * Tapehash, the second seed's hash for hashcash: a tape of bytes is changed by a program, and both
 * come from what is hashed. Its many small hashes of different kinds are slow on special hardware.
 * Read next: `hashcash.ts`, which pays with it.
 */
import { createHash, hash } from 'node:crypto'

/** Code bytes of tapehash1 where nothing else is said. */
const CODE_BYTES_DEFAULT = 1_024
const MULTIPLIER_DEFAULT = 32_768
const MULTIPLIER_MAX = 65_536
/** The tape of tapehash1 is one BLAKE2b-512; its pointers, four bits, reach a quarter of it. */
const POINTER_STEP = 16
const TAPE_BYTES = 64
/** Tape bytes for each unit of the multiplier. */
const BLOCK_BYTES = 32

/** 32 bytes. `codeBytes`: length of the program, 1 or more. */
export function tapehash1 (preimage: Uint8Array, codeBytes = CODE_BYTES_DEFAULT): Uint8Array {
  return Buffer.from(tapehash1Text(preimage, codeBytes), 'latin1')
}

/** The same as a text of 32 characters, one for each byte: much cheaper than a Buffer. */
export function tapehash1Text (preimage: Uint8Array, codeBytes: number): string {
  inRange('codeBytes', codeBytes, 1, 0xffff_ffff)
  const code = shake256(preimage, codeBytes)
  const tape = hash('blake2b512', preimage, 'buffer')
  const scratch = new Uint8Array(TAPE_BYTES)
  for (const instruction of code) {
    const opcode = instruction >> 4
    if (opcode === 0) continue
    for (let at = instruction & 15; at < TAPE_BYTES; at += POINTER_STEP) {
      tape[at] = opcodeResult(opcode, tape, at, scratch)
    }
  }
  return hash('sha256', tape, 'binary')
}

/** 32 bytes. `multiplier`: the tape has 32 times as many bytes, 1 to 65,536 (2 MiB). */
export function tapehash2 (preimage: Uint8Array, multiplier = MULTIPLIER_DEFAULT): Uint8Array {
  inRange('multiplier', multiplier, 1, MULTIPLIER_MAX)
  const code = hash('blake2b512', preimage, 'buffer')
  const tape = shake256(preimage, BLOCK_BYTES * multiplier)
  const scratch = new Uint8Array(tape.length)
  for (let i = 0; i < code.length; i += 2) {
    const block = code.readUInt16BE(i) % multiplier
    const opcode = (code[i] ?? 0) >> 4
    const at = BLOCK_BYTES * block + ((code[i] ?? 0) & 15)
    tape[at] = opcodeResult(opcode, tape, at, scratch)
    tape[at + POINTER_STEP] = opcodeResult(opcode, tape, at + POINTER_STEP, scratch)
  }
  return hash('sha256', tape, 'buffer')
}

/**
 * What one opcode makes of the tape's byte at `pointer`; the tape is left as it is. Throws
 * RangeError for an opcode that is none (0 to 15) and a pointer outside the tape.
 */
export function runOpcode (opcode: number, tape: Uint8Array, pointer: number): number {
  inRange('opcode', opcode, 0, 15)
  inRange('pointer', pointer, 0, tape.length - 1)
  return opcodeResult(opcode, tape, pointer, new Uint8Array(tape.length))
}

/** `scratch`: as long as the tape. */
function opcodeResult (
  opcode: number, tape: Uint8Array, pointer: number, scratch: Uint8Array,
): number {
  const byte = tape[pointer] ?? 0
  switch (opcode) {
    case 1: return (byte + 1) & 255
    case 2: return (byte + 255) & 255
    case 3: case 8: return byte >> 1
    case 4: case 6: return (byte << 1) & 255
    case 5: return byte ^ 255
    case 7: return (byte * byte) & 255
    case 9: return ((byte << 4) | (byte >> 4)) & 255
    case 10: return hashByte('sha256', rotated(tape, pointer, scratch), byte % 32)
    case 11: return hashByte('md5', rotated(tape, pointer, scratch), byte % 16)
    case 12: return shake128Byte(rotated(tape, pointer, scratch), byte)
    case 13: return hashByte('sha3-256', rotated(tape, pointer, scratch), byte % 32)
    case 14: return hashByte('sha3-512', rotated(tape, pointer, scratch), byte % 64)
    case 15: return hashByte('blake2s256', rotated(tape, pointer, scratch), byte % 32)
    default: return byte
  }
}

/** The tape from `pointer` on, then what was before it. */
function rotated (tape: Uint8Array, pointer: number, into: Uint8Array): Uint8Array {
  if (tape.length > TAPE_BYTES) {
    into.set(tape.subarray(pointer))
    into.set(tape.subarray(0, pointer), tape.length - pointer)
    return into
  }
  // So few bytes are quicker one by one than through two views.
  let to = 0
  for (let from = pointer; from < tape.length; from++) into[to++] = tape[from] ?? 0
  for (let from = 0; from < pointer; from++) into[to++] = tape[from] ?? 0
  return into
}

function hashByte (algorithm: string, bytes: Uint8Array, index: number): number {
  return hash(algorithm, bytes, 'binary').charCodeAt(index)
}

/** Output of an extendable function does not depend on how much is taken: byte `index` is last. */
function shake128Byte (bytes: Uint8Array, index: number): number {
  const output = createHash('shake128', { outputLength: index + 1 }).update(bytes).digest()
  return output[index] ?? 0
}

function shake256 (bytes: Uint8Array, outputLength: number): Buffer {
  return createHash('shake256', { outputLength }).update(bytes).digest()
}

function inRange (name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${name} is a whole number from ${min} to ${max}`)
}
