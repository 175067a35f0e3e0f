// Failover as it happens, by the product itself: `npm run failover`. Starts Tidings on an empty database of its own in a
// temporary folder, and SendGrid, Mailgun and a browser's push service as small servers on this machine; breaks one thing after
// another, and prints what the API says became of it. Ends all that it started, in two minutes at most; exit code 1 when
// something did not come as told.
import { spawn } from 'node:child_process';
import { createECDH, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 120_000;
const KEY = 'failover-example';
const RIGHT_KEY = 'SG.the-right-key';

// Undone in reverse, whatever happens.
const undo = [];
const limit = AbortSignal.timeout(LIMIT_MS);
const say = (text) => process.stdout.write(`${text}\n`);

function must(holds, what) {
  if (!holds) throw new Error(`expected: ${what}`);
}

/** A vendor on this machine; `calls` counts what it was asked. */
async function vendor(answer) {
  const made = { calls: 0, url: '' };
  const server = createServer((request, response) => {
    made.calls += 1;
    request.resume().once('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close().closeAllConnections());
  made.url = `http://127.0.0.1:${server.address().port}`;
  return made;
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The product as a process of its own, on an embedded Postgres of its own. Answers its URL. */
async function startTidings() {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-failover-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, DATA_DIR: join(folder, 'data'), PORT: '0', BOOTSTRAP_API_KEY: KEY };
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/src/main.js', import.meta.url))], {
    // The push service of our browser is on this machine, and a browser could name any URL.
    env: { ...env, EGRESS_ALLOW: '127.0.0.0/8', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  undo.push(async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const url = await until(() => {
    must(
      child.exitCode === null,
      `Tidings to start; it ended with code ${child.exitCode}. Was it built (npm run build)?`,
    );
    return /Tidings ready at (\S+)/.exec(output)?.[1];
  }, 'Tidings to be ready');
  return { url: url.replace('localhost', '127.0.0.1'), pid: child.pid };
}

/** Asks until there is an answer, as long as there is time. */
async function until(ask, what) {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    must(!limit.aborted, `${what}, within ${LIMIT_MS / 1000} s`);
    await sleep(20);
  }
}

/** Where Tidings runs. */
let url = '';

/** One call of the API. Throws with the first error's message. */
async function call(query, variables = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: limit,
  });
  const { data, errors } = await response.json();
  const problem = errors?.[0] ?? Object.values(data ?? {}).flatMap((answer) => answer?.userErrors ?? [])[0];
  if (problem) throw new Error(problem.message);
  return data;
}

const UPSERT_INTEGRATION = `mutation ($input: UpsertIntegrationInput!) {
  upsertIntegration(input: $input) { integration { id } userErrors { message } }
}`;
const ANA = `mutation ($category: UpsertCategoryInput!, $ana: UpsertRecipientInput!, $browser: AddEndpointInput!) {
  upsertCategory(input: $category) { userErrors { message } }
  upsertRecipient(input: $ana) { userErrors { message } }
  addEndpoint(input: $browser) { userErrors { message } }
}`;
const SEND = `mutation ($input: SendInput!) {
  send(input: $input) { send { notifications { nodes { id } } } userErrors { message } }
}`;
const NOTIFICATION = `query ($id: ID!) {
  notification(id: $id) {
    state
    plan { steps { channel reason passedOver { integration explanation } } }
    deliveries { channel state attempts { integration outcome httpStatus startedAt durationMs } }
  }
}`;
const ALERTS = `query { alerts(first: 10) { nodes { type integration detail } } }`;

/** A sign-in code for ana; answers the notification's id. */
async function sendCode() {
  const content = { title: 'Your code is 4711', body: 'It is good for five minutes.' };
  const { send } = await call(SEND, { input: { to: [{ externalId: 'ana' }], category: 'codes', content } });
  return send.send.notifications.nodes[0].id;
}

const OVER = new Set(['COMPLETED', 'SUPPRESSED', 'UNROUTABLE', 'FAILED', 'EXPIRED', 'CANCELED']);

/** The notification once it is over, with at least so many deliveries. */
function ended(id, deliveries = 1) {
  return until(async () => {
    const { notification } = await call(NOTIFICATION, { id });
    // One that goes on after a bounce may be read while it begins anew.
    const rests = notification.deliveries.every(
      ({ state, attempts }) => state !== 'SENDING' && attempts.length > 0 && attempts.at(-1).outcome !== 'STARTED',
    );
    return OVER.has(notification.state) && rests && notification.deliveries.length >= deliveries && notification;
  }, 'the notification to end');
}

const attemptsOf = ({ deliveries }) =>
  deliveries.flatMap(({ channel, attempts }) => attempts.map((attempt) => ({ channel, ...attempt })));

/** Prints the attempts of a notification; answers them in short. */
function show(notification) {
  const attempts = attemptsOf(notification);
  const first = Date.parse(attempts[0].startedAt);
  for (const { channel, integration, outcome, httpStatus, startedAt, durationMs } of attempts)
    say(
      `  +${Date.parse(startedAt) - first} ms  ${channel} by ${integration}: ${outcome}, HTTP ${httpStatus}, answered in ${durationMs} ms`,
    );
  say(
    `  ${notification.state}: ${notification.deliveries.map(({ channel, state }) => `${channel} ${state}`).join(', ')}`,
  );
  return attempts.map(({ integration, outcome }) => `${integration} ${outcome}`).join(', ');
}

async function main() {
  const sendgrid = await vendor((request, response) => {
    if (request.headers.authorization !== `Bearer ${RIGHT_KEY}`)
      return json(response, 401, { errors: [{ message: 'The provided authorization grant is invalid' }] });
    return response.writeHead(202, { 'x-message-id': `sg-${sendgrid.calls}` }).end();
  });
  const mailgun = await vendor((_request, response) =>
    json(response, 200, { id: `<${mailgun.calls}@mg.example.com>`, message: 'Queued. Thank you.' }),
  );
  const browser = await vendor((_request, response) =>
    response.writeHead(201, { location: 'https://push.example.net/1' }).end(),
  );
  say('Starting Tidings on an empty database of its own …');
  const { pid, ...started } = await startTidings();
  url = started.url;
  say(`Tidings runs at ${url} as process ${pid}.`);

  const from = 'Example <hello@example.com>';
  const signing = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const webhookPublicKey = signing.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const bySendgrid = (apiKey) => ({
    input: {
      ...{ key: 'sendgrid', provider: 'sendgrid', channel: 'EMAIL', order: 0 },
      ...{ settings: { from, baseUrl: sendgrid.url }, credentials: { apiKey, webhookPublicKey } },
    },
  });
  const { upsertIntegration } = await call(UPSERT_INTEGRATION, bySendgrid('SG.a-key-that-was-revoked'));
  await call(UPSERT_INTEGRATION, {
    input: {
      ...{ key: 'mailgun', provider: 'mailgun', channel: 'EMAIL', order: 1, credentials: { apiKey: 'of-ours' } },
      settings: { from, domain: 'mg.example.com', baseUrl: mailgun.url },
    },
  });
  const curve = createECDH('prime256v1');
  curve.generateKeys();
  const keys = { p256dh: curve.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') };
  const address = JSON.stringify({ endpoint: `${browser.url}/ana`, expirationTime: null, keys });
  await call(ANA, {
    category: { key: 'codes', class: 'SECURITY', channels: ['EMAIL', 'WEB_PUSH'] },
    ana: { externalId: 'ana', email: 'ana@example.com' },
    browser: { recipient: { externalId: 'ana' }, channel: 'WEB_PUSH', address },
  });

  say('\n1. SendGrid refuses our key: Mailgun goes at once');
  const first = await ended(await sendCode());
  must(show(first) === 'sendgrid FAILED, mailgun ACCEPTED', 'SendGrid to be tried once, and then Mailgun');

  say('\n2. Operators hear of it, and the next code does not even try');
  const { alerts } = await until(async () => {
    const answer = await call(ALERTS);
    return answer.alerts.nodes.length > 0 && answer;
  }, 'an alert');
  for (const { type, detail } of alerts.nodes) say(`  alert ${type}: ${detail}`);
  must(alerts.nodes[0].type === 'INTEGRATION_MISCONFIGURED', 'an alert about the credentials');
  const second = await ended(await sendCode());
  must(show(second) === 'mailgun ACCEPTED', 'Mailgun alone to be asked');
  for (const { integration, explanation } of second.plan.steps[0].passedOver)
    say(`  passed over: ${integration}: ${explanation}`);

  say('\n3. The key is mended by upsertIntegration: SendGrid is used again, without a restart');
  await call(UPSERT_INTEGRATION, bySendgrid(RIGHT_KEY));
  const id = await sendCode();
  must(show(await ended(id)) === 'sendgrid ACCEPTED', 'SendGrid to take it');
  say(`  still process ${pid}; SendGrid was called ${sendgrid.calls} times, Mailgun ${mailgun.calls} times`);

  say('\n4. That mail bounces after SendGrid took it: the push to the browser goes');
  const at = String(Math.floor(Date.now() / 1000));
  const event = { event: 'bounce', type: 'bounce', reason: '550 no such user', email: 'ana@example.com' };
  const body = JSON.stringify([{ ...event, sg_event_id: 'e1', timestamp: Number(at), tidings_attempt: `${id}.0.1` }]);
  const signature = sign('sha256', Buffer.from(at + body), signing.privateKey).toString('base64');
  const name = 'x-twilio-email-event-webhook';
  const headers = { [`${name}-signature`]: signature, [`${name}-timestamp`]: at };
  const report = `${url}/webhooks/${upsertIntegration.integration.id}`;
  const unsigned = await fetch(report, { method: 'POST', body, signal: limit });
  const proven = await fetch(report, { method: 'POST', body, headers, signal: limit });
  say(`  the report without a signature: HTTP ${unsigned.status}; signed by SendGrid: HTTP ${proven.status}`);
  must(unsigned.status === 401 && proven.status === 200, 'the signed report alone to be believed');
  const pushed = await ended(id, 2);
  must(show(pushed) === 'sendgrid ACCEPTED, web-push ACCEPTED', 'the browser to be pushed to');
  must(browser.calls === 1, 'the push service to be called once');
  say('\nAll came as told.');
}

async function cleanUp() {
  for (const step of undo.splice(0).reverse()) await step();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
