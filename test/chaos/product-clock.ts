import { flushCompileCache } from 'node:module';

/**
 * Loaded into a product process before anything of it (`node --import`): moves its wall clock by as much as the run says,
 * and ends it when the run is gone. Durations stay true, as they are measured with the monotonic clock.
 */
const True = Date;
let offset = Number(process.env['CHAOS_CLOCK_OFFSET'] ?? 0);
const now = (): number => True.now() + offset;

// A proxy and not a subclass: `instanceof` and dates made by native code go on to work both ways.
const Moved: DateConstructor = new Proxy(True, {
  apply: () => new True(now()).toString(),
  construct: (target, given: unknown[], maker) =>
    Reflect.construct(target, given.length > 0 ? given : [now()], maker === Moved ? target : maker) as Date,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
globalThis.Date = Moved;
True.prototype.constructor = Moved;

process.on('message', (order: { offset: number }) => {
  offset = order.offset;
});
process.on('disconnect', () => process.exit(1));
// The channel alone must not keep a process alive that wants to end.
process.channel?.unref();
// What a process has compiled is written when it ends in order, which most of these do not.
setTimeout(flushCompileCache, 4_000).unref();
