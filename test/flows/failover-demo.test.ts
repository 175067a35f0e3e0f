import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../examples/failover.mjs', import.meta.url));

test('`npm run failover` shows what it tells, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'failover-demo-'));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [SCRIPT], { env: { PATH, HOME, TMPDIR: folder } });
  let [output, problems] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    expect([problems, code]).toEqual(['', 0]);
  } finally {
    child.kill('SIGTERM');
  }
  expect(output.replace(/answered in \d+ ms/g, 'answered').split('\n')).toEqual([
    'Starting Tidings on an empty database of its own …',
    expect.stringMatching(/^Tidings runs at http:\/\/127\.0\.0\.1:\d+ as process \d+\.$/),
    '',
    '1. SendGrid refuses our key: Mailgun goes at once',
    '  +0 ms  EMAIL by sendgrid: FAILED, HTTP 401, answered',
    expect.stringMatching(/^ {2}\+\d+ ms {2}EMAIL by mailgun: ACCEPTED, HTTP 200, answered$/),
    '  COMPLETED: EMAIL SENT',
    '',
    '2. Operators hear of it, and the next code does not even try',
    expect.stringContaining('alert INTEGRATION_MISCONFIGURED: integration "sendgrid"'),
    '  +0 ms  EMAIL by mailgun: ACCEPTED, HTTP 200, answered',
    '  COMPLETED: EMAIL SENT',
    '  passed over: sendgrid: the provider refused our credentials or settings',
    '',
    '3. The key is mended by upsertIntegration: SendGrid is used again, without a restart',
    '  +0 ms  EMAIL by sendgrid: ACCEPTED, HTTP 202, answered',
    '  COMPLETED: EMAIL SENT',
    expect.stringContaining('SendGrid was called 2 times, Mailgun 2 times'),
    '',
    '4. That mail bounces after SendGrid took it: the push to the browser goes',
    '  the report without a signature: HTTP 401; signed by SendGrid: HTTP 200',
    '  +0 ms  EMAIL by sendgrid: ACCEPTED, HTTP 202, answered',
    expect.stringMatching(/^ {2}\+\d+ ms {2}WEB_PUSH by web-push: ACCEPTED, HTTP 201, answered$/),
    '  COMPLETED: EMAIL BOUNCED, WEB_PUSH SENT',
    '',
    'All came as told.',
    '',
  ]);
  const [pid] = /(?<=as process )\d+/.exec(output) ?? [];
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  expect((await readdir(folder)).filter((name) => name.startsWith('tidings-failover'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
}, 150_000);
