import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
const PATCHES = new URL('patches/', import.meta.url).pathname;
/** What tests of the product's own code need of the tree. */
const COPIED = ['src', 'test', 'migrations', 'package.json', 'tsconfig.json'];

const run = promisify(execFile);

/** A bug that is put into the product on purpose, and the test that has to notice. */
export interface SeededBug {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly bug: string;
  readonly file: string;
  readonly test: string;
  /** The test looks back on the others of its file, so all of them are run. */
  readonly wholeFile: boolean;
}

/** All of them, as the heads of their patches describe them. */
export function seededBugs(): SeededBug[] {
  const names = readdirSync(PATCHES).filter((name) => name.endsWith('.patch'));
  return names.sort().map((name) => {
    const text = readFileSync(join(PATCHES, name), 'utf8');
    const bug = /^bug: (.+)$/m.exec(text)?.[1];
    const [file, test] = /^test: (.+)$/m.exec(text)?.[1]?.split(' > ') ?? [];
    if (!bug || !file || !test) throw new Error(`${name} begins with "bug: …" and "test: file > name"`);
    const wholeFile = /^run: whole file$/m.test(text);
    return { name: name.replace('.patch', ''), bug, file, test, wholeFile };
  });
}

export interface TestResult {
  readonly title: string;
  readonly status: string;
  readonly message: string;
}

/** A copy of the tree in which a bug can be tried. */
export class Workspace implements Disposable {
  private constructor(
    private readonly folder: string,
    private readonly postgresUrl: string,
  ) {}

  static make(postgresUrl: string): Workspace {
    const folder = mkdtempSync(join(tmpdir(), 'tidings-seeded-bug-'));
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new Workspace(folder, postgresUrl);
  }

  /** Puts the bug in; throws when the code has moved so that its patch fits no more. */
  async apply({ name }: SeededBug): Promise<void> {
    await this.git('apply', join(PATCHES, `${name}.patch`));
  }

  async undo({ name }: SeededBug): Promise<void> {
    await this.git('apply', '-R', join(PATCHES, `${name}.patch`));
  }

  /** Runs the tests of these names, and what else is in their files when that is asked for. */
  async results(files: readonly string[], titles: readonly string[], wholeFile = false): Promise<TestResult[]> {
    const first = await this.once(files, titles, wholeFile);
    // On a machine that is busy a file may not come as far as its tests: that says nothing of them.
    return first.length > 0 ? first : this.once(files, titles, wholeFile);
  }

  private async once(files: readonly string[], titles: readonly string[], wholeFile: boolean): Promise<TestResult[]> {
    const output = join(this.folder, 'results.json');
    const pattern = titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
    const vitest = join(this.folder, 'node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['--reporter=json', `--outputFile=${output}`];
    const args = [
      'run',
      '--config',
      'test/vitest.config.ts',
      '--root',
      this.folder,
      ...reporters,
      ...(wholeFile ? [] : ['-t', pattern]),
    ];
    rmSync(output, { force: true });
    // Red is what is hoped for.
    await run(process.execPath, [vitest, ...args, ...files], {
      cwd: this.folder,
      env: { ...process.env, TEST_DATABASE_URL: this.postgresUrl },
    }).catch(() => undefined);
    const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as {
      testResults: {
        message: string;
        assertionResults: { title: string; status: string; failureMessages: string[] }[];
      }[];
    };
    return testResults.flatMap((file) =>
      file.assertionResults
        .filter((one) => titles.includes(one.title))
        .map((one) => ({ title: one.title, status: one.status, message: one.failureMessages.join('\n') })),
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async git(...args: string[]): Promise<void> {
    // Not as a part of the repository around it.
    await run('git', args, { cwd: this.folder, env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } });
  }
}
