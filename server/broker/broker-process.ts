/**
 * The broker, as a process of its own: a blocked API never delays an emergency nor the answer to a question for the time,
 * and a broker that fell silent can be replaced. Started by `broker.ts`, told what to do over IPC, and gone as soon as the server is.
 */
import { createServer, type Server } from 'node:tls';
import { topicOf } from '@tieng-lang/shared/contract/topics';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { Aedes } from 'aedes';
import type { Logger } from 'pino';
import { createLogger, type LogLevel } from '../log.ts';
import { type FromBroker, type ToBroker, toBroker } from './broker-messages.ts';
import { clockReplyTo } from './clock-answerer.ts';
import { Gatekeeper } from './gatekeeper.ts';

/** A client that stops reading blocks delivery to everybody for this long, then it is cut off; the default is a minute. */
const DRAIN_TIMEOUT_MS = 5000;
/** Deliveries at once: ten for each cluster of the largest commune (102), so that frozen ones leave room for the rest. */
const CONCURRENCY = 2000;
/** Connections at once: devices, their successors during a takeover, and whoever knocks without a certificate. */
const CONNECTIONS_MAX = 1000;
/** From TCP to a finished handshake; a phone network in the rain takes a second or two. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Seconds. A device that wants to be silent for longer would be missed too late. */
const KEEPALIVE_LIMIT_S = 120;
const REPORT_MS = 1000;
/** After kill -9 of a server, its broker needs a moment to notice and to leave the port to this one. */
const LISTEN_TRIES = 8;
const LISTEN_TRY_MS = 250;

const clock = new SystemClock();
const tell = (message: FromBroker): void => {
  if (process.connected) process.send?.(message);
};

async function run(options: Extract<ToBroker, { type: 'configure' }>, log: Logger): Promise<(message: ToBroker) => void> {
  const gatekeeper = new Gatekeeper({
    onClockAsk: (from, question) => {
      const payload = clockReplyTo(question, clock.nowMs(), clock);
      if (payload === undefined) return;
      broker.publish({ cmd: 'publish', topic: topicOf(from, 'clock/reply'), payload, qos: 0, retain: false, dup: false }, (error) => {
        // The agent asks again; an answer that is late is worth nothing.
        if (error) log.debug({ event: 'clock-reply-not-sent', cluster: from.cluster, err: error });
      });
    },
  });
  gatekeeper.admit(options.devices);
  const broker = await Aedes.createBroker({
    drainTimeout: DRAIN_TIMEOUT_MS,
    concurrency: CONCURRENCY,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepaliveLimit: KEEPALIVE_LIMIT_S,
    // The contract's deepest topic has six levels.
    maxTopicLevels: 10,
    ...gatekeeper.handlers,
  });
  broker.on('client', (client) => gatekeeper.entered(client));
  broker.on('clientDisconnect', (client) => gatekeeper.left(client));
  broker.on('clientError', (client, error) => log.info({ event: 'client-error', clientId: client.id, reason: error.message }));
  broker.on('connectionError', (client, error) => log.info({ event: 'connection-refused', clientId: client.id, reason: error.message }));
  // Its store failed: nothing here can be trusted any more. The server starts the next.
  (broker as NodeJS.EventEmitter).on('error', (error) => {
    log.fatal({ event: 'broker-failed', err: error });
    process.exit(1);
  });

  const server = listener(options, broker, gatekeeper, log);
  const report = clock.every(REPORT_MS, () => {
    const items = gatekeeper.deadLetters.collect();
    if (items.length > 0) tell({ type: 'refused', items });
  });
  return (message) => {
    if (message.type === 'devices') {
      gatekeeper.admit(message.devices);
      tell({ type: 'devices-applied', number: message.number });
    } else if (message.type === 'tls') {
      server.setSecureContext(contextOf(message.tls));
    } else if (message.type === 'stop') {
      report.cancel();
      server.close();
      broker.close(() => process.exit(0));
    }
  };
}

function listener(options: Extract<ToBroker, { type: 'configure' }>, broker: Aedes, gatekeeper: Gatekeeper, log: Logger): Server {
  const server = createServer(
    { ...contextOf(options.tls), requestCert: true, rejectUnauthorized: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    (socket) => {
      // Live sound is many small packets: none of them waits to be joined with the next.
      socket.setNoDelay(true);
      gatekeeper.watchSize(broker.handle(socket), socket);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('tlsClientError', (error, socket) => {
    log.info({ event: 'handshake-failed', from: socket.remoteAddress, reason: error.message });
  });
  let tries = 1;
  const listen = () => server.listen(options.port, options.host);
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && tries++ < LISTEN_TRIES) clock.after(LISTEN_TRY_MS, listen);
    else tell({ type: 'listen-failed', code: error.code ?? 'unknown', message: error.message });
  });
  server.on('listening', () => {
    const address = server.address();
    if (address && typeof address === 'object') tell({ type: 'listening', port: address.port });
  });
  listen();
  return server;
}

function contextOf(tls: { key: string; certificate: string; authority: string }) {
  return { key: tls.key, cert: tls.certificate, ca: tls.authority, minVersion: 'TLSv1.2' } as const;
}

// kill -9 of the server must leave no orphan that holds the port.
process.on('disconnect', () => process.exit(0));
// Ctrl-C goes to the whole group of processes; it is the server that says when the broker stops.
process.on('SIGINT', () => undefined);

let obey: ((message: ToBroker) => void) | undefined;
process.on('message', (raw) => {
  const message = toBroker.parse(raw);
  if (message.type !== 'configure') {
    obey?.(message);
    return;
  }
  const log = createLogger({ level: message.logLevel as LogLevel, part: 'broker' });
  run(message, log).then(
    (started) => {
      obey = started;
    },
    (error: unknown) => {
      log.fatal({ event: 'broker-failed', err: error });
      process.exit(1);
    },
  );
});
tell({ type: 'ready' });
