import { setTimeout as sleep } from 'node:timers/promises';
import { KEY } from './product.ts';
import type { Random } from './random.ts';

/** What came of one call: an answer, or nothing that says whether it was carried out. */
type Answer =
  | { readonly kind: 'answered'; readonly data: Record<string, unknown> }
  | { readonly kind: 'unsure'; readonly why: string };

const CALL_MS = 8_000;

/** One request to one process. Everything but an answer with data leaves open whether it was carried out. */
export async function call(url: string, query: string, variables: object): Promise<Answer> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const text = await response.text();
    if (response.status !== 200) return { kind: 'unsure', why: `${response.status} ${codeIn(text)}` };
    const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown> | null; errors?: unknown[] };
    const payload = Object.values(data ?? {})[0];
    return data && !errors && payload ? { kind: 'answered', data } : { kind: 'unsure', why: `200 ${codeIn(text)}` };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return { kind: 'unsure', why: cause?.code ?? name };
  }
}

function codeIn(text: string): string {
  return /"code":"(\w+)"/.exec(text)?.[1] ?? '';
}

/**
 * Asks until somebody answers: the same request to whatever process is there, after a pause that grows. Null when
 * `patienceMs` are over.
 */
export async function insist(
  urls: () => readonly string[],
  random: Random,
  request: { readonly query: string; readonly variables: object },
  patienceMs: number,
  unsure: (why: string) => void = () => undefined,
): Promise<Record<string, unknown> | null> {
  const end = performance.now() + patienceMs;
  for (let tries = 0; performance.now() < end; tries += 1) {
    const known = urls();
    const url = known.length === 0 ? undefined : random.pick(known);
    const answer = url === undefined ? null : await call(url, request.query, request.variables);
    if (answer?.kind === 'answered') return answer.data;
    if (answer) unsure(answer.why);
    await sleep(random.between(20, Math.min(1_500, 100 * 2 ** tries)));
  }
  return null;
}
