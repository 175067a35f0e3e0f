import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seededBugs, Workspace } from './trial.ts';

/** As many at once as the machine of CI has cores. */
const AT_ONCE = 2;

const wanted = process.env['SEEDED_BUGS'] ?? '';
const bugs = seededBugs().filter(({ name }) => name.includes(wanted));
const free: Workspace[] = [];
const waiting: ((workspace: Workspace) => void)[] = [];

beforeAll(() => {
  for (let count = 0; count < AT_ONCE; count += 1) free.push(Workspace.make(inject('postgresUrl')));
});

afterAll(() => {
  for (const workspace of free) workspace[Symbol.dispose]();
});

/** Work in one of the copies, once one is free. */
async function inWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = free.pop() ?? (await new Promise<Workspace>((resolve) => waiting.push(resolve)));
  try {
    return await work(workspace);
  } finally {
    const next = waiting.shift();
    if (next) next(workspace);
    else free.push(workspace);
  }
}

describe.concurrent('a bug that is put in on purpose is noticed', { timeout: 300_000 }, () => {
  it('and without one, the same tests are green', async () => {
    const files = [...new Set(bugs.map((one) => one.file))];
    const titles = [...new Set(bugs.map((one) => one.test))];
    const results = await inWorkspace((workspace) => workspace.results(files, titles));
    expect(results.filter((one) => one.status !== 'passed')).toEqual([]);
    expect(titles.filter((title) => !results.some((one) => one.title === title))).toEqual([]);
  });

  it.each(bugs)('$name: $bug', async (bug) => {
    const results = await inWorkspace(async (workspace) => {
      await workspace.apply(bug);
      try {
        return await workspace.results([bug.file], [bug.test], bug.wholeFile);
      } finally {
        await workspace.undo(bug);
      }
    });
    expect(
      results.map((one) => one.status),
      `"${bug.test}" in ${bug.file} has to notice this`,
    ).toContain('failed');
  });
});
