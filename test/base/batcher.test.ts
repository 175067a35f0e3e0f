import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher } from '../../src/base/batcher.js';

/** Work that ends when it is told to. */
function gate(): { passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

describe('a batcher', () => {
  it('answers every caller with its own result, in batches within bounds, whatever fails', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ value: fc.nat(), bad: fc.nat({ max: 5 }).map((n) => n === 0) }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        async (items, maxSize, inFlight) => {
          const sizes: number[] = [];
          let running = 0;
          let most = 0;
          const batcher = new Batcher<(typeof items)[number], number>(
            async (batch) => {
              sizes.push(batch.length);
              running += 1;
              most = Math.max(most, running);
              // Long enough for other batches to begin meanwhile, if they may.
              for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
              running -= 1;
              const bad = batch.find((item) => item.bad);
              if (bad) throw new Error(`bad ${bad.value}`);
              return batch.map((item) => item.value * 2);
            },
            { maxSize, inFlight },
          );
          const results = await Promise.allSettled(items.map((item) => batcher.add(item)));
          expect(results).toEqual(
            items.map(({ value, bad }) =>
              bad
                ? { status: 'rejected', reason: new Error(`bad ${value}`) }
                : { status: 'fulfilled', value: value * 2 },
            ),
          );
          expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(maxSize);
          expect(most).toBeLessThanOrEqual(inFlight);
        },
      ),
    ));

  it('gathers what comes at once, and starts with a lone call', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number, number>(
      (batch) => {
        batches.push(batch);
        return Promise.resolve(batch);
      },
      { maxSize: 10, inFlight: 1 },
    );
    await Promise.all([1, 2, 3].map((n) => batcher.add(n)));
    await batcher.add(4);
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  it('gathers while all hands are busy, up to the largest batch', async () => {
    const batches: number[][] = [];
    const [first, begun] = [gate(), gate()];
    const batcher = new Batcher<number, number>(
      async (batch) => {
        batches.push(batch);
        begun.open();
        if (batch.includes(1)) await first.passed;
        return batch;
      },
      { maxSize: 3, inFlight: 1 },
    );
    const one = batcher.add(1);
    await begun.passed;
    const rest = Promise.all([2, 3, 4, 5].map((n) => batcher.add(n)));
    first.open();
    expect([await one, await rest]).toEqual([1, [2, 3, 4, 5]]);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('takes what throws before it begins like what fails later', async () => {
    const batcher = new Batcher<number, number>(
      () => {
        throw new Error('at once');
      },
      { maxSize: 3, inFlight: 1 },
    );
    await expect(batcher.add(1)).rejects.toThrow('at once');
    await expect(batcher.add(2)).rejects.toThrow('at once');
  });
});
