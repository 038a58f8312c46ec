/**
 * Faults of callers, operators and their environment: one class, one table. Remote misbehaviour is
 * never one of these (it is data, see `core/notice.ts`), nor are our own bugs (assertions).
 * docs/errors.md is checked against this table in both directions.
 */

/** Whose fault it is; the CLI maps `caller` and `operator` to exit code 2, the others to 1 or 5. */
export type Fault = 'caller' | 'operator' | 'environment' | 'peer'

interface ErrorEntry {
  readonly fault: Fault
  /** What is left behind. */
  readonly state: string
  /** What to do. */
  readonly remedy: string
}

export const ERRORS = {
  'option-invalid': {
    fault: 'caller',
    state: 'Nothing was started.',
    remedy: 'Give the named option a value in the named range.',
  },
  'key-unreadable': {
    fault: 'operator',
    state: 'Nothing was started; no key was generated instead.',
    remedy: 'Give an unencrypted PEM private key: PKCS#8, PKCS#1 or SEC1.',
  },
  'key-unsupported': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Use Ed25519, P-256, P-384, or RSA of at least 2048 bits.',
  },
  'certificate-unreadable': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Give a PEM X.509 certificate.',
  },
  'certificate-without-key': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Give the private key of the certificate too.',
  },
  'key-mismatch': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Give the certificate that belongs to the key, or the key alone.',
  },
  'address-in-use': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Stop what listens there, or choose another port; port 0 takes a free one.',
  },
  'address-unavailable': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Give an address of this machine, and a port that this user may open.',
  },
  'data-in-use': {
    fault: 'operator',
    state: 'Nothing was started; the other node is untouched.',
    remedy: 'Stop the node that uses this data directory, or give another directory.',
  },
  'data-unusable': {
    fault: 'environment',
    state: 'Nothing was started; nothing in the directory was changed or removed.',
    remedy: 'Do what the message says: make it readable and writable, or set the store aside.',
  },
  'identity-mismatch': {
    fault: 'peer',
    state: 'The link was closed before anything was exchanged.',
    remedy: 'Check the identity with the operator of that machine; somebody else answers there.',
  },
  'busy': {
    fault: 'caller',
    state: 'The bulletin was not published, or the request not acted on.',
    remedy: 'Await each call before the next, or try again later.',
  },
  'clock-skew': {
    fault: 'environment',
    state: 'The bulletin was not published; the node goes on.',
    remedy: 'Set this machine\'s clock right.',
  },
  'log-full': {
    fault: 'environment',
    state: 'The bulletin was not published; all else goes on.',
    remedy: 'Restart the node: its next run begins another log.',
  },
  'store-failed': {
    fault: 'environment',
    state: 'What was asked was not published or kept; relaying goes on.',
    remedy: 'Make room on the disk of the data directory.',
  },
  'not-stored': {
    fault: 'environment',
    state: 'The bulletin has left, and may still be stored by more members.',
    remedy: 'Wait longer, ask for fewer, or look at peers() for who is linked.',
  },
  'not-linked': {
    fault: 'environment',
    state: 'Nothing was sent.',
    remedy: 'Ask a peer that is linked: see peers().',
  },
  'request-failed': {
    fault: 'peer',
    state: 'The request was sent; the peer may have acted on it.',
    remedy: 'Read the message: no handler, a handler that failed, or no answer in time.',
  },
  'work-failed': {
    fault: 'caller',
    state: 'The bulletin was not published.',
    remedy: 'Give it more time, or lower the difficulty.',
  },
  'import-foreign': {
    fault: 'operator',
    state: 'Nothing was imported.',
    remedy: 'Import a file that a member of this network exported with this version.',
  },
  'import-damaged': {
    fault: 'environment',
    state: 'What was good before the damage counts; it is no file to keep.',
    remedy: 'Export or copy it again; importing a batch twice does no harm.',
  },
  'contact-unknown': {
    fault: 'caller',
    state: 'Nothing was changed or sent.',
    remedy: 'Give the name of a contact, or a full identity where the call takes one.',
  },
  'contact-exists': {
    fault: 'caller',
    state: 'The contact that has the name or the identity is unchanged.',
    remedy: 'Choose another name, or remove the former contact first.',
  },
  'contact-awaiting-key': {
    fault: 'operator',
    state: 'Nothing was sent.',
    remedy: 'Set the exchange key that the contact made for this node.',
  },
  'exchange-key-invalid': {
    fault: 'operator',
    state: 'The contact is unchanged.',
    remedy: 'Give the PEM text of the exchange key that the other node printed.',
  },
  'peer-unreachable': {
    fault: 'environment',
    state: 'Nothing was sent.',
    remedy: 'Wait until it is linked once; the message says what is not known of it yet.',
  },
  'peer-unknown': {
    fault: 'caller',
    state: 'Nothing was done.',
    remedy: 'Give an identity, its first ten characters or more, or a name that peers() shows.',
  },
  'peer-ambiguous': {
    fault: 'caller',
    state: 'Nothing was done.',
    remedy: 'Give more of the identity: the message lists whom the name could mean.',
  },
  'schedule-invalid': {
    fault: 'caller',
    state: 'Nothing was scheduled.',
    remedy: 'Give five fields of cron, or six with the second first; read the message.',
  },
  'schedule-unknown': {
    fault: 'caller',
    state: 'Nothing was removed.',
    remedy: 'List the schedules; one that is removed is gone.',
  },
  'voidphone-config-invalid': {
    fault: 'operator',
    state: 'Nothing was started.',
    remedy: 'Correct the line of the INI file that the message names.',
  },
  'voidphone-unreachable': {
    fault: 'environment',
    state: 'The module is not connected; what it subscribed to is freed.',
    remedy: 'Start a node that serves modules there, and connect again.',
  },
  'node-closed': {
    fault: 'caller',
    state: 'The node is closed.',
    remedy: 'Create a new node.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** Thrown and rejected with by the public functions. `message`: what failed, where, what to do. */
export class GossipError extends Error {
  readonly code: ErrorCode
  readonly fault: Fault

  constructor (code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'GossipError'
    this.code = code
    this.fault = ERRORS[code].fault
  }
}

/** What every call to a node gets that is leaving or has ended. */
export function closedError (): GossipError {
  return new GossipError('node-closed', 'the node is closed')
}

/** Ends an exhaustive switch. Reaching it is a bug of ours. */
export function assertNever (value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}

/** States what must hold. Failing is a bug of ours; stays on in production. */
export function assert (holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`assertion failed: ${what}`)
}
