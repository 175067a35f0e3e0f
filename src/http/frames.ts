import { execute, type ExecutionArgs, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Caller, GraphContext, Services } from '../graphql/context.js';
import { graphContext } from './apollo.js';
import type { Prepared } from './operations.js';

/** What an event is in the words of a selection, by event. Whoever is told of the same event shares it. */
const written = new WeakMap<object, Map<string, Promise<string>>>();
let numbered = 0;
const numbers = new WeakMap<object, number>();

/** What a subscription's frames are made with. */
export interface Framing {
  readonly services: Services;
  readonly caller: Caller | null;
  readonly prepared: Prepared;
  readonly args: ExecutionArgs;
  readonly mask: (error: GraphQLError | GraphQLFormattedError, requestId: string) => GraphQLError;
  /** Resolves when the socket has taken it. */
  readonly send: (frame: string) => Promise<void>;
}

/**
 * Sends each event of a subscription as a `next` frame, and yields nothing: the rest of the protocol is graphql-ws's.
 * Several subscriptions of one person that select the same cost one execution and one serialisation an event. graphql-js
 * keeps one context for a whole subscription; every event here gets its own, so that nothing grows or goes stale.
 */
export function framesOf(id: string, source: AsyncIterable<unknown>, framing: Framing): AsyncGenerator<never> {
  const iterator = source[Symbol.asyncIterator]();
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const shape = shapeOf(framing);
  const end = { done: true, value: undefined } as const;
  const stream: AsyncGenerator<never> = {
    async next() {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return end;
        await framing.send(`${head}${await payloadOf(value, shape, framing)}}`);
      }
    },
    async return() {
      await iterator.return?.();
      return end;
    },
    async throw(error) {
      await iterator.throw?.(error);
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => void (await iterator.return?.()),
  };
  return stream;
}

/** The same for subscriptions whose answers to one event are the same. */
function shapeOf({ prepared, args }: Framing): string {
  const number = numbers.get(prepared.document) ?? (numbered += 1);
  numbers.set(prepared.document, number);
  const { operationName = '', variableValues } = args;
  return JSON.stringify([number, operationName, ...prepared.shaping.map((name) => variableValues?.[name] ?? null)]);
}

function payloadOf(event: unknown, shape: string, framing: Framing): Promise<string> {
  if (typeof event !== 'object' || event === null) return payload(event, framing);
  const shapes = written.get(event) ?? new Map<string, Promise<string>>();
  written.set(event, shapes);
  const made = shapes.get(shape) ?? payload(event, framing);
  shapes.set(shape, made);
  return made;
}

async function payload(event: unknown, { services, caller, args, mask }: Framing): Promise<string> {
  const { platform } = args.contextValue as GraphContext;
  const contextValue = graphContext(services, caller, platform);
  const result = await execute({ ...args, rootValue: event, contextValue });
  if (!result.errors) return JSON.stringify(result);
  return JSON.stringify({ ...result, errors: result.errors.map((error) => mask(error, contextValue.requestId)) });
}
