// A category, one notification, and what became of it: `TIDINGS_KEY=tdg_test_… node examples/first-send.mjs`.
// Nothing but fetch, so it runs in any Node, Deno, Bun or browser; TIDINGS_URL is http://localhost:4000 by default.
const { TIDINGS_KEY: key, TIDINGS_URL: url = 'http://localhost:4000' } = process.env;
if (!key) throw new Error('Set TIDINGS_KEY to the development key that `npm start` printed at its first start.');

/** One call of the API. Throws with the first error's message. */
async function call(query, variables = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  const problem = errors?.[0] ?? Object.values(data ?? {}).flatMap((answer) => answer?.userErrors ?? [])[0];
  if (problem) throw new Error(problem.message);
  return data;
}

const { send } = await call(
  `mutation ($category: UpsertCategoryInput!, $send: SendInput!) {
    upsertCategory(input: $category) { userErrors { message } }
    send(input: $send) { send { notifications { nodes { id } } } userErrors { message } }
  }`,
  {
    category: { key: 'orders', name: 'Your orders' },
    send: {
      to: [{ externalId: 'ana', email: 'ana@example.com' }],
      category: 'orders',
      content: { title: 'Your order is on its way', body: 'It will be with you tomorrow before noon.' },
    },
  },
);
const [{ id }] = send.send.notifications.nodes;

// Deciding and sending happen right after the answer, so ask until it has ended.
const over = new Set(['COMPLETED', 'SUPPRESSED', 'UNROUTABLE', 'FAILED', 'EXPIRED', 'CANCELED']);
let notification;
for (let tries = 0; tries < 100 && !over.has(notification?.state); tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  ({ notification } = await call(
    `query ($id: ID!) {
      notification(id: $id) {
        state
        plan { steps { channel decision reason explanation } }
        timeline { at type channel reason }
      }
    }`,
    { id },
  ));
}

const lines = [
  `${id} ${notification.state}`,
  ...notification.plan.steps.map((step) => `  ${step.channel} ${step.decision}: ${step.explanation} (${step.reason})`),
  ...notification.timeline.map(
    (event) => `  ${event.at} ${[event.type, event.channel, event.reason].filter(Boolean).join(' ')}`,
  ),
];
process.stdout.write(`${lines.join('\n')}\n`);
