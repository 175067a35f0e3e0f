import { expect, test } from 'vitest';
import { webhookUrlCheck } from '../../src/base/webhook-url.js';

const none = webhookUrlCheck([]);
const local = webhookUrlCheck(['127.0.0.0/8', '::1/128', '10.0.0.0/8']);

test.each([
  ['https by name', none, 'https://example.com/hook', null],
  ['https by a public address', none, 'https://9.9.9.9/hook', null],
  ['http by a public address', none, 'http://9.9.9.9/hook', 'expected https'],
  ['http by a public address, where others are listed', local, 'http://9.9.9.9/hook', 'expected https'],
  ['http by a name that leads nowhere', local, 'http://nobody.invalid/', 'expected https'],
  ['http by a listed address', local, 'http://10.1.2.3:8080/hook', null],
  ['http by a name that leads to listed addresses alone', local, 'http://localhost:8080/hook', null],
  ['http by the same name where nothing is listed', none, 'http://localhost:8080/hook', 'expected https'],
  ['https by a listed address', local, 'https://10.1.2.3/hook', null],
  ['https by an address that is not listed', none, 'https://10.1.2.3/hook', 'not a public address'],
  ['a metadata service, listed or not', webhookUrlCheck(['0.0.0.0/0']), 'https://169.254.169.254/', 'not a public'],
  ['more than anybody types', none, `https://example.com/${'a'.repeat(2048)}`, 'at most 2,048'],
])('%s', async (_name, check, url, problem) => {
  const found = await check.problem(url);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toContain(problem);
});
