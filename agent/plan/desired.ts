import type { ClusterSettings, PlanMedia, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { Logger } from 'pino';
import type { MediaCache, WantedMedia } from '../media/media-cache.ts';
import type { Player } from '../player/contract.ts';
import type { OrderBook } from './order-book.ts';
import type { PlanStore } from './plan-store.ts';

/** Until a plan says otherwise: loud enough to be heard, as what plays without a plan is an order of somebody present. */
export const SETTINGS_WITHOUT_PLAN: ClusterSettings = { volume: 80, delayMs: 0 };

export interface DesiredOptions {
  plans: PlanStore;
  orders: OrderBook;
  media: MediaCache;
  player: Pick<Player, 'setOccurrences' | 'setOverride' | 'setSettings'>;
  log: Logger;
  /** The earliest that it can be, ms. */
  notBeforeMs: () => number;
}

/** Plan, orders and override together, handed to those who carry them out. */
export class Desired {
  readonly #options: DesiredOptions;

  constructor(options: DesiredOptions) {
    this.#options = options;
  }

  /** Something of it changed, or time has passed over some of it. */
  apply(): void {
    const { plans, orders, player } = this.#options;
    player.setSettings(plans.plan?.settings ?? SETTINGS_WITHOUT_PLAN);
    player.setOverride(plans.stops);
    player.setOccurrences([...plans.occurrences(), ...orders.plays().map((play) => play.occurrence)]);
    this.applyMedia();
  }

  applyMedia(): void {
    this.#options.media.want(this.#wanted()).then(
      () => this.noteReady(),
      (error: unknown) => this.#options.log.error({ event: 'media-want-failed', err: error }),
    );
  }

  /** Answers "ready" for the orders whose media are all here. */
  noteReady(): void {
    const { orders, media } = this.#options;
    for (const { orderId, occurrence } of orders.plays()) {
      if (occurrence.items.every((item) => media.has(item.sha256))) orders.reach(orderId, 'ready');
    }
  }

  #wanted(): WantedMedia[] {
    const { plans, orders } = this.#options;
    const plan = plans.plan;
    const wanted: WantedMedia[] = [];
    // Orders before anything that is planned: they are to sound now.
    for (const play of orders.plays()) wanted.push(...this.#needs([play.occurrence], play.media, () => 0));
    if (plan) {
      wanted.push(...this.#needs(plan.occurrences, plan.media, (occurrence) => occurrence.startAtMs));
      // Named without an occurrence: the emergency tune and templates, always kept, but fetched last.
      const used = new Set(plan.occurrences.flatMap((occurrence) => occurrence.items.map((item) => item.sha256)));
      const kept = plan.media.filter((media) => !used.has(media.sha256));
      wanted.push(...kept.map((media) => ({ sha256: media.sha256, bytes: media.bytes, neededAtMs: plan.untilMs })));
    }
    return wanted;
  }

  #needs(
    occurrences: readonly PlanOccurrence[],
    media: readonly PlanMedia[],
    neededAtMs: (occurrence: PlanOccurrence) => number,
  ): WantedMedia[] {
    const bytesOf = new Map(media.map((file) => [file.sha256, file.bytes]));
    const fromMs = this.#options.notBeforeMs();
    return occurrences
      .filter((occurrence) => occurrence.endAtMs > fromMs)
      .flatMap((occurrence) =>
        occurrence.items.flatMap((item) => {
          const bytes = bytesOf.get(item.sha256);
          if (bytes !== undefined) return { sha256: item.sha256, bytes, neededAtMs: neededAtMs(occurrence) };
          this.#options.log.error({ event: 'media-not-described', sha256: item.sha256, broadcastId: occurrence.broadcastId });
          return [];
        }),
      );
  }
}
