/** What routes have in common: bodies, answers, and the errors that each may give. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { errorBody } from '../schemas.js'

/** What hono carries: Node's own objects, when the call came through a socket. */
export interface Env {
  readonly Bindings: {
    readonly outgoing?: { destroy (): void, once (event: 'finish', done: () => void): void }
  }
}

export type Api = OpenAPIHono<Env>

/** Node's own object for the answer; undefined where the call came through no socket. */
export function outgoingOf (
  { env }: { readonly env: Env['Bindings'] | undefined },
): Env['Bindings']['outgoing'] {
  return env?.outgoing
}

/** A body in JSON that must be there. */
export function jsonBody<T extends z.ZodType> (
  schema: T,
): { body: { required: true, content: { 'application/json': { schema: T } } } } {
  return { body: { required: true, content: { 'application/json': { schema } } } }
}

const ERRORS = {
  400: 'the call is not understood: `request-invalid`, `option-invalid`, …',
  404: 'there is no such thing: `peer-unknown`, `message-unknown`, …',
  409: 'it does not go together with what is: `peer-ambiguous`, …',
  410: '`stream-unknown`: subscribe anew',
  413: '`body-too-large`',
  415: '`media-type`',
  500: '`internal`: the log of the node says why',
  503: 'not now: `busy`, `node-closed`, `streams-full`, …',
  504: 'not in time: `not-stored`, `peer-unreachable`',
  507: 'no room: `store-failed`, `log-full`',
} as const

type ErrorStatus = keyof typeof ERRORS
interface Described<S extends z.ZodType> {
  description: string
  content: { 'application/json': { schema: S } }
}
type Answers<S extends z.ZodType, E extends ErrorStatus> =
  { 200: Described<S> } & { [K in E | 500]: Described<typeof errorBody> }

/** 200 with that shape, and the errors. */
export function answers<S extends z.ZodType, E extends ErrorStatus> (
  description: string, schema: S, ...errors: readonly E[]
): Answers<S, E> {
  const described = { description, content: { 'application/json': { schema } } }
  return { 200: described, ...errorsOf(...errors) } as unknown as Answers<S, E>
}

/** Events as they come. */
export function eventStream<E extends ErrorStatus> (description: string, ...errors: readonly E[]): {
  200: { description: string, content: { 'text/event-stream': { schema: z.ZodString } } }
} & { [K in E | 500]: Described<typeof errorBody> } {
  const content = { 'text/event-stream': { schema: z.string() } }
  return { 200: { description, content }, ...errorsOf(...errors) }
}

export function errorsOf<E extends ErrorStatus> (
  ...errors: readonly E[]
): { [K in E | 500]: Described<typeof errorBody> } {
  const described = [...errors, 500 as const].map(status => [status, {
    description: ERRORS[status], content: { 'application/json': { schema: errorBody } },
  }] as const)
  return Object.fromEntries(described) as unknown as { [K in E | 500]: Described<typeof errorBody> }
}
