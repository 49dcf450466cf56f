import type { QueryClient } from '@tanstack/react-query';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { Bulletin, Media } from '@tieng-lang/shared/contract/http/content';
import type { ServerEvent, ServerEventName } from '@tieng-lang/shared/contract/http/events';
import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import { keys } from './keys.ts';

export interface Listed<Item> {
  items: Item[];
  complete: boolean;
}

/** Writes what happened on the server into what is cached, so that every page shows it without asking. */
export class LiveCache {
  readonly #cache: QueryClient;

  constructor(cache: QueryClient) {
    this.#cache = cache;
  }

  take<Name extends ServerEventName>(name: Name, data: ServerEvent<Name>): void {
    if (name === 'cluster') this.#cluster(data as Cluster);
    if (name === 'onair') this.#onair(data as OnairCluster);
    if (name === 'media') this.#media(data as Media);
    if (name === 'bulletin') this.bulletin(data as Bulletin);
    if (name === 'alert') void this.#cache.invalidateQueries({ queryKey: keys.clusters });
  }

  bulletin(bulletin: Bulletin): void {
    this.#cache.setQueryData<Bulletin>(keys.bulletin(bulletin.id), bulletin);
    this.#cache.setQueryData<Listed<Bulletin>>(keys.bulletins, (list) => {
      if (!list) return list;
      const known = list.items.some((item) => item.id === bulletin.id);
      const items = known ? list.items.map((item) => (item.id === bulletin.id ? bulletin : item)) : [bulletin, ...list.items];
      return { ...list, items };
    });
  }

  #cluster(cluster: Cluster): void {
    this.#cache.setQueryData<Cluster[]>(keys.clusters, (list) => list?.map((item) => (item.code === cluster.code ? cluster : item)));
  }

  #onair(playing: OnairCluster): void {
    const before = this.#cache.getQueryData<Cluster[]>(keys.clusters)?.find((item) => item.code === playing.code)?.playing;
    this.#cache.setQueryData<Cluster[]>(keys.clusters, (list) =>
      list?.map((item) => (item.code === playing.code ? { ...item, playing } : item)),
    );
    // A broadcast that ended on a cluster leaves a receipt a moment later.
    if (before?.state === 'playing' && playing.state !== 'playing') void this.#cache.invalidateQueries({ queryKey: keys.allReceipts });
  }

  #media(media: Media): void {
    const withMedia = (bulletin: Bulletin): Bulletin => (bulletin.mediaId === media.id ? { ...bulletin, media } : bulletin);
    this.#cache.setQueryData<Listed<Bulletin>>(keys.bulletins, (list) => list && { ...list, items: list.items.map(withMedia) });
    for (const [key, bulletin] of this.#cache.getQueriesData<Bulletin>({ queryKey: ['bulletins', 'one'] })) {
      if (bulletin?.mediaId === media.id) this.#cache.setQueryData<Bulletin>(key, withMedia(bulletin));
    }
  }
}
