// A process that stands before a server and notes when each request comes, so that a busy test cannot note it late. Takes
// the server's port as its argument; sends { listening }, then answers every message with { times }, in milliseconds.
import { connect, createServer } from 'node:net';

const times = [];
const server = createServer((incoming) => {
  const outgoing = connect(Number(process.argv[2]), '127.0.0.1');
  // One request is answered before the next one comes on a connection, so each begins a chunk.
  incoming.on('data', (chunk) => {
    if (chunk.subarray(0, 5).toString('latin1') === 'POST ') times.push(performance.now());
  });
  incoming.pipe(outgoing);
  outgoing.pipe(incoming);
  incoming.on('error', () => outgoing.destroy());
  outgoing.on('error', () => incoming.destroy());
});
server.listen(0, '127.0.0.1', () => process.send({ listening: server.address().port }));
process.on('message', () => process.send({ times }));
process.on('disconnect', () => process.exit());
