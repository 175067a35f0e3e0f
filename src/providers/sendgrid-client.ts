import { exchange } from '../base/http-exchange.js';

/** What the SDK hands to its client, as far as Mail Send uses it. */
interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

type Answered = [{ statusCode: number; headers: Readonly<Record<string, string | undefined>> }];

const HOST = 'https://api.sendgrid.com';

/**
 * Stands in for @sendgrid/client behind @sendgrid/mail, as the SDK's `setClient` allows: one request over a kept
 * connection, under our deadline, which axios neither keeps to nor makes as cheaply. Answers and throws what the SDK's own
 * client does.
 */
export function sendgridClient(target: { baseUrl: string | undefined; apiKey: string }, signal: AbortSignal) {
  return {
    async request({ url, method, headers, body }: Asked): Promise<Answered> {
      const all = {
        ...headers,
        Accept: 'application/json',
        'Content-Type': 'application/json',
        'User-Agent': 'tidings',
        Authorization: `Bearer ${target.apiKey}`,
      };
      const address = new URL(url, target.baseUrl ?? HOST).toString();
      const reply = await exchange(address, { method, headers: all, body: JSON.stringify(body) }, signal);
      if (reply.status >= 200 && reply.status < 300) return [{ statusCode: reply.status, headers: reply.headers }];
      throw Object.assign(new Error(`status ${reply.status}`), {
        code: reply.status,
        response: { headers: reply.headers, body: parsed(reply.text) },
      });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
