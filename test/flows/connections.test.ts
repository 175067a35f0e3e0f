import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import type { NotificationView } from '../support/gateway.js';
import { MAIL_VENDORS, mailThrough, type MailVendorName } from '../support/mail-vendors.js';
import { deadUrl, ProviderServer } from '../support/provider-server.js';
import { signed, told } from '../support/sendgrid-events.js';
import { SNS_CERTIFICATE, SNS_KEY } from '../support/sns.js';
import { until } from '../support/until.js';

let app: TestApp;
/** The backup: SES, which takes everything. */
let backup: ProviderServer;

beforeAll(async () => {
  [app, backup] = await Promise.all([
    startTestApp(),
    ProviderServer.start(() => MAIL_VENDORS.ses.yes(backup.requests.length)),
  ]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await backup[Symbol.asyncDispose]();
});

/** Patient enough that only failover can be quick. */
const PATIENT = { maxAttempts: 5, firstDelay: 'PT1M', giveUpAfter: 'PT1H' };
const person = (name: string) => ({ externalId: name, email: `${name}@example.com` });
const attemptsOf = ({ deliveries }: NotificationView) => deliveries.flatMap(({ attempts }) => attempts);

describe.concurrent('a connection that breaks is named in the attempt, and the message arrives by the backup:', () => {
  const names: readonly MailVendorName[] = ['sendgrid', 'mailgun'];

  /** What the attempt at the preferred vendor says, when that is at this address. */
  async function brokenAt(key: string, name: MailVendorName, url: string) {
    const gateway = await environmentOf(app.production, key);
    await gateway.integration('broken', ...mailThrough(name, url, { order: 0 }));
    await gateway.integration('backup', ...mailThrough('ses', backup.url, { order: 1 }));
    await gateway.category('codes', {
      class: 'SECURITY',
      channels: ['EMAIL'],
      retry: PATIENT,
    });
    const notification = await gateway.sendAndFinish(person('joe'), 'codes', {}, 28_000);
    expect(notification.state).toBe('COMPLETED');
    expect(attemptsOf(notification).at(-1)).toMatchObject({ integration: 'backup', outcome: 'ACCEPTED' });
    return attemptsOf(notification)[0];
  }

  for (const name of names) {
    test(`a closed port, with ${name}`, async () => {
      const attempt = await brokenAt(`closed-${name}`, name, await deadUrl());
      expect(attempt).toMatchObject({
        ...{ integration: 'broken', outcome: 'FAILED', code: 'ECONNREFUSED', httpStatus: null },
        detail: expect.stringContaining('ECONNREFUSED') as string,
      });
    });

    test(`a certificate that nobody vouches for, with ${name}`, async () => {
      await using server = await selfSigned();
      const attempt = await brokenAt(`certificate-${name}`, name, server.url);
      expect(attempt).toMatchObject({
        ...{ integration: 'broken', outcome: 'FAILED', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', httpStatus: null },
        detail: expect.stringContaining('certificate') as string,
      });
      expect(server.requests()).toBe(0);
    });

    test(`a server that takes the connection and says nothing, with ${name}`, async () => {
      await using server = await speechless();
      const attempt = await brokenAt(`slow-${name}`, name, server.url);
      expect(attempt).toMatchObject({
        ...{ integration: 'broken', outcome: 'FAILED', code: 'DEADLINE', httpStatus: null },
        detail: 'no connection within the deadline',
      });
    });
  }

  test('but where the request was read, nobody knows: the vendor’s own word is waited for before it goes twice', async () => {
    await using server = await ProviderServer.start(() => ({ status: 500, body: '' }));
    server.mode = 'hang';
    const gateway = await environmentOf(app.production, 'slow');
    const { integration } = await gateway.integration('slow', ...mailThrough('sendgrid', server.url, { order: 0 }));
    await gateway.integration('backup', ...mailThrough('ses', backup.url, { order: 1 }));
    await gateway.category('codes', { class: 'SECURITY', channels: ['EMAIL'], retry: PATIENT });
    const { notificationIds } = await gateway.send([person('kim')], 'codes');
    const doubtful = await until(
      async () => {
        const now = await gateway.notification(notificationIds[0] as string);
        return attemptsOf(now)[0]?.outcome === 'UNKNOWN' && now;
      },
      'the call to be given up',
      20_000,
    );
    expect(attemptsOf(doubtful)).toMatchObject([
      { integration: 'slow', outcome: 'UNKNOWN', code: 'DEADLINE', detail: 'no answer within the deadline' },
    ]);
    expect(doubtful.plan.steps).toMatchObject([{ channel: 'EMAIL', reason: 'SETTLING' }]);
    const body = JSON.stringify([told('delivered', `${doubtful.id}.0.1`)]);
    await fetch(`http://127.0.0.1:${app.app.port}/webhooks/${integration.id}`, {
      method: 'POST',
      headers: signed(body),
      body,
    });
    const ended = await gateway.finished(doubtful.id);
    expect(ended).toMatchObject({ state: 'COMPLETED', deliveries: [{ state: 'DELIVERED' }] });
    expect(server.requests).toHaveLength(1);
  });
});

/** A server on this machine under a certificate of its own making. */
async function selfSigned(): Promise<{ url: string; requests: () => number } & AsyncDisposable> {
  let requests = 0;
  const server: Server = createServer({ cert: SNS_CERTIFICATE, key: SNS_KEY }, (_request, response) => {
    requests += 1;
    response.end();
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A server that TLS is never agreed upon with. */
async function speechless(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
