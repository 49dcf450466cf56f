import { join } from 'node:path';
import type { ClockReport } from '@tieng-lang/shared/contract/basics';
import type { Alarm } from '@tieng-lang/shared/contract/journal';
import type { Answer, Order } from '@tieng-lang/shared/contract/order';
import { CodedError } from '@tieng-lang/shared/errors';
import { KeyRing } from '@tieng-lang/shared/signing/jws';
import { type Clock, sleep, type Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { CommuneClock } from './clock/commune-clock.ts';
import { ClockExchange } from './clock/exchange.ts';
import { LinuxMachine, type Machine } from './clock/machine.ts';
import type { SystemTime } from './clock/system-time.ts';
import { TimeMemory } from './clock/time-memory.ts';
import { type AgentDatabase, openDatabase, readFact, writeFact } from './database.ts';
import type { Hardware } from './hardware/hardware.ts';
import { HealthReporter } from './health/health-reporter.ts';
import { Journal } from './journal/journal.ts';
import { JournalSender } from './journal/journal-sender.ts';
import { Refusals } from './journal/refusals.ts';
import { MediaCache } from './media/media-cache.ts';
import { Desired, SETTINGS_WITHOUT_PLAN } from './plan/desired.ts';
import { OrderBook } from './plan/order-book.ts';
import { PlanStore } from './plan/plan-store.ts';
import type { Player } from './player/contract.ts';
import { createPlayer } from './player/player.ts';
import type { Sink } from './player/sink.ts';
import { Connection } from './uplink/connection.ts';
import { enrol } from './uplink/enrolment.ts';
import { type Identity, loadIdentity } from './uplink/identity.ts';
import { Intake } from './uplink/intake.ts';
import { Monitor } from './uplink/monitor.ts';
import { StatePublisher } from './uplink/state-publisher.ts';

export const AGENT_VERSION = '0.1.0';

/** What time passes over (ended orders, old plays, media of yesterday) is looked through this often. */
const CHORES_EVERY_MS = 600_000;

/** An answer that has not left by then goes out after the restart. */
const LAST_ANSWER_MS = 2_000;

export interface AgentOptions {
  /** Holds everything that must survive: identity, database, media. One folder an agent. */
  dataDir: string;
  clock: Clock;
  log: Logger;
  /** The sound card, made when it is known which cluster this is. */
  sink: (identity: Identity) => Sink;
  hardware: (identity: Identity) => Hardware;
  /**
   * Where the server is now, if not where it was at the enrolment (absent: there). With a code, the agent is enrolled
   * first, unless it was with this very code.
   */
  server?: { url: string; code?: string; brokerUrl?: string };
  /** What the operating system knows of its clock; absent: the server is the only source. */
  systemTime?: SystemTime;
  machine?: Machine;
  random?: () => number;
  /** An order to restart came and was answered: stop this agent and start another. */
  onRestart: () => void;
}

export interface Agent {
  /** @throws CodedError `not-enrolled`, the enrolment's refusals, and those of the data folder */
  start(): Promise<void>;
  /** Fades out, writes what is left to write and says farewell. */
  stop(): Promise<void>;
  /** Undefined before `start` has enrolled it. */
  readonly identity: Identity | undefined;
  readonly connected: boolean;
  /** What it knows of the time; undefined while it does not run. */
  readonly time: ClockReport | undefined;
}

/** One cluster's agent, wired. Many run in one process: nothing is shared but what is handed in. */
export function createAgent(options: AgentOptions): Agent {
  const abort = new AbortController();
  let running: RunningAgent | undefined;
  let identity: Identity | undefined;
  return {
    async start() {
      identity = await identify(options, abort.signal);
      abort.signal.throwIfAborted();
      running = new RunningAgent(options, identity);
      await running.start();
    },
    async stop() {
      abort.abort(new Error('stopped'));
      await running?.stop();
      running = undefined;
    },
    get identity() {
      return identity;
    },
    get connected() {
      return running?.connected ?? false;
    },
    get time() {
      return running?.time;
    },
  };
}

async function identify(options: AgentOptions, signal: AbortSignal): Promise<Identity> {
  const { dataDir, server, clock, log } = options;
  const random = options.random ? { random: options.random } : {};
  const identity =
    server?.code === undefined
      ? await loadIdentity(dataDir)
      : await enrol({ dataDir, server: { ...server, code: server.code }, clock, log, signal, ...random });
  if (!identity) throw new CodedError('not-enrolled', { params: { server: server?.url ?? 'https://…:8443' } });
  return { ...identity, serverUrl: server?.url ?? identity.serverUrl, brokerUrl: server?.brokerUrl ?? identity.brokerUrl };
}

/** The parts of an enrolled agent and what they say to each other. */
class RunningAgent {
  readonly #options: AgentOptions;
  readonly #identity: Identity;
  readonly #log: Logger;
  /** What was started, to be stopped in the opposite order. */
  readonly #stops: (() => void | Promise<void>)[] = [];
  #connection: Connection | undefined;
  #time: CommuneClock | undefined;

  constructor(options: AgentOptions, identity: Identity) {
    this.#options = options;
    this.#identity = identity;
    this.#log = options.log.child({ cluster: identity.cluster });
  }

  get connected(): boolean {
    return this.#connection?.connected ?? false;
  }

  get time(): ClockReport | undefined {
    return this.#time?.report();
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        this.#log.error({ event: 'stop-failed', err: error });
      }
    }
  }

  async #start(): Promise<void> {
    const { clock, dataDir, onRestart } = this.#options;
    const identity = this.#identity;
    const log = this.#log;
    const random = this.#options.random ?? Math.random;
    const base = { clock, log, random };

    const db = openDatabase(dataDir);
    this.#stops.push(() => void db.close());
    const ring = await KeyRing.of(identity.signingKeys);

    const { systemTime } = this.#options;
    const memory = new TimeMemory({ db, clock, machine: this.#options.machine ?? new LinuxMachine() });
    const time: CommuneClock = new CommuneClock({
      ...base,
      memory,
      ...(systemTime ? { systemTime } : {}),
      onChanged: () => state.changed(),
      onStepped: (stepMs) => journal.alarm({ code: 'clock-stepped', evidence: { stepMs } }),
    });
    this.#time = time;
    const nowMs = () => time.nowMs();
    const stampMs = () => time.stampMs();
    const notBeforeMs = () => time.notBeforeMs();

    const journal = new Journal({ db, ...base, nowMs: stampMs, onAppended: () => sender.send() });
    const alarm = (raised: Alarm) => {
      log.warn({ event: 'alarm', code: raised.code, ...raised.evidence });
      journal.alarm(raised);
    };

    const connection: Connection = new Connection({
      identity,
      ...base,
      onMessage: (message) => intake.take(message),
      onConnected: (nonce) => {
        state.connected(nonce);
        exchange.connected();
        media.connected();
        sender.connected();
        orders.answerUnanswered();
        health.connected();
      },
      onDisconnected: () => {
        state.disconnected();
        exchange.stop();
        sender.disconnected();
      },
    });
    this.#connection = connection;

    const sender: JournalSender = new JournalSender({ journal, uplink: connection, ...base });
    const exchange: ClockExchange = new ClockExchange({
      uplink: connection,
      ...base,
      onSample: (sample, burstOver) => time.sample(sample, burstOver),
    });
    const plans = new PlanStore({ db, identity, ring, log, notBeforeMs });
    const answers = new Set<Promise<void>>();
    const orders: OrderBook = new OrderBook({
      db,
      deviceId: identity.deviceId,
      ring,
      log,
      nowMs,
      stampMs,
      onAnswer: (answer: Answer) => {
        const sent = connection
          .publish('answer', JSON.stringify(answer), { qos: 1 })
          .then(() => orders.markAnswered(answer))
          // Not connected, or cut off: said again with the next connection.
          .catch((error: unknown) => log.debug({ event: 'answer-not-sent', orderId: answer.orderId, err: error }))
          .finally(() => answers.delete(sent));
        answers.add(sent);
      },
    });

    const media: MediaCache = new MediaCache({
      db,
      folder: join(dataDir, 'media'),
      identity,
      ...base,
      nowMs: stampMs,
      onAlarm: alarm,
      onChanged: () => {
        desired.noteReady();
        state.changed(media.counts.verified === media.counts.total ? 'soon' : 'later');
      },
    });
    const hardware = this.#options.hardware(identity);
    /** The item that the last state spoke of. */
    let said: string | null = null;
    const player: Player = createPlayer({
      clock,
      log,
      time,
      sink: this.#options.sink(identity),
      media,
      ledger: journal,
      amplifier: hardware.amplifier,
      settings: plans.plan?.settings ?? SETTINGS_WITHOUT_PLAN,
      events: {
        playing: (now) => {
          const item = now && `${now.broadcastId} ${now.itemIndex}`;
          state.changed(item === said ? 'eventually' : 'soon');
          said = item;
        },
        alarm,
        occurrence: (broadcastId, stage) => orders.reachBroadcast(broadcastId, stage),
      },
    });
    const desired: Desired = new Desired({ plans, orders, media, player, log, notBeforeMs });
    const state: StatePublisher = new StatePublisher({
      uplink: connection,
      ...base,
      current: () => ({
        atMs: stampMs(),
        deviceId: identity.deviceId,
        agentVersion: AGENT_VERSION,
        planVersion: plans.planVersion,
        overrideVersion: plans.overrideVersion,
        media: media.counts,
        clock: time.report(),
        playing: player.playing,
      }),
    });
    const startedAtMs = clock.monotonicMs();
    const health: HealthReporter = new HealthReporter({
      hardware,
      uplink: connection,
      ...base,
      stampMs,
      own: () => ({
        uptimeMs: Math.round(clock.monotonicMs() - startedAtMs),
        journalPending: journal.pending,
        ...(player.outputDbfs === null ? {} : { outputDbfs: Math.round(player.outputDbfs * 10) / 10 }),
      }),
    });
    const monitor = new Monitor({ uplink: connection, ...base, nowMs, tap: (tap) => player.tap(tap) });
    const carryOut = (order: Order) => {
      if (order.kind === 'monitor') {
        monitor.listen(order.untilMs);
        orders.reach(order.orderId, 'started');
      } else if (order.kind === 'restart') {
        orders.reach(order.orderId, 'finished');
        Promise.race([Promise.allSettled([...answers]), sleep(clock, LAST_ANSWER_MS)]).then(onRestart, onRestart);
      }
    };
    const refusals = new Refusals({ ...base, onAlarm: alarm });
    const intake: Intake = new Intake({
      ...base,
      plans,
      orders,
      exchange,
      sender,
      refusals,
      isTimeKnown: () => time.nowMs() !== undefined,
      onChanged: () => {
        desired.apply();
        state.changed();
      },
      onOrder: carryOut,
    });

    // From the ground up: what is stored plays before anybody is asked.
    time.start();
    this.#stops.push(() => time.stop());
    await plans.start();
    this.#noteCleanEnd(db, alarm);
    await hardware.start();
    this.#stops.push(() => hardware.stop());
    await media.start();
    this.#stops.push(() => media.stop());
    desired.apply();
    await player.start();
    const chores: Timer = clock.every(CHORES_EVERY_MS, () => {
      journal.prune();
      if (orders.prune(stampMs())) desired.apply();
      else desired.applyMedia();
    });
    this.#stops.push(() => chores.cancel());
    sender.start();
    health.start();
    connection.start();
    this.#stops.push(
      () => connection.stop(),
      () => sender.stop(),
      () => health.stop(),
      () => state.farewell(),
      // Its last receipts go out while there is still a connection, or after the next start.
      () => player.stop(),
      () => monitor.stop(),
      () => intake.stop(),
      () => exchange.stop(),
    );
    log.info({ event: 'agent-started', deviceId: identity.deviceId, planVersion: plans.planVersion });
  }

  /** A power cut or a kill leaves the mark that a clean stop takes away. */
  #noteCleanEnd(db: AgentDatabase, alarm: (alarm: Alarm) => void): void {
    if (readFact(db, 'running') === 'yes') alarm({ code: 'agent-restarted', evidence: { clean: false } });
    writeFact(db, 'running', 'yes');
    this.#stops.push(() => writeFact(db, 'running', 'no'));
  }
}
