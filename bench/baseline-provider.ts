import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Hands one message to the provider; answers the provider's id. */
export type Deliver = (email: string, mail: { readonly title: string; readonly body: string }) => Promise<string>;

/** What the baselines send in a fan-out. */
export const NEWS = { title: 'Hello', body: 'A few words of news for everybody.' };

const PROVIDER_MS = 5;
const provider = new URL('/v3/mail/send', process.env['SINK_URL'] ?? 'http://127.0.0.1');
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

/** SendGrid's form over node:http, without its SDK: in the baselines' favour. */
export const overHttp: Deliver = async (email, mail) => {
  const body = JSON.stringify({
    from: { email: 'bench@example.com' },
    personalizations: [{ to: [{ email }] }],
    subject: mail.title,
    content: [{ type: 'text/plain', value: mail.body }],
  });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(provider, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(String(response.headers['x-message-id'])));
    });
    call.once('error', reject);
    call.end(body);
  });
};

/** As slow as the sink, and nothing else. */
export const byWaiting: Deliver = async () => {
  await sleep(PROVIDER_MS);
  return 'waited';
};

/** `http` or `wait`, as the programs are asked. */
export function delivererOf(query: URLSearchParams): Deliver {
  return query.get('provider') === 'http' ? overHttp : byWaiting;
}
