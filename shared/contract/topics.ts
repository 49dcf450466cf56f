/** The topics below one cluster, `tl/1/<station>/<cluster>/<leaf>`; who may do what with each is the allow-list's. */
export const AGENT_PUBLISHES = ['clock/ask', 'answer', 'journal', 'state', 'health', 'monitor'] as const;
export const AGENT_SUBSCRIBES = ['plan', 'override', 'order', 'clock/reply', 'journal/seen'] as const;

export type AgentPublishes = (typeof AGENT_PUBLISHES)[number];
export type AgentSubscribes = (typeof AGENT_SUBSCRIBES)[number];
export type Leaf = AgentPublishes | AgentSubscribes;

export interface ClusterAddress {
  station: string;
  cluster: string;
}

const ROOT = 'tl/1';

export function topicOf(address: ClusterAddress, leaf: Leaf): string {
  return `${ROOT}/${address.station}/${address.cluster}/${leaf}`;
}

/** The filter with which the server hears one leaf of all clusters of all its stations. */
export function filterOf(leaf: AgentPublishes): string {
  return `${ROOT}/+/+/${leaf}`;
}

/** The filter of the live frames of any broadcast to one cluster. */
export function liveFilterOf(address: ClusterAddress): string {
  return `${ROOT}/${address.station}/${address.cluster}/live/+`;
}

/** Takes a topic apart; undefined for what is not of this contract. */
export function parseTopic(topic: string): (ClusterAddress & { leaf: Leaf }) | undefined {
  const match = /^tl\/1\/([a-z0-9][a-z0-9-]{0,31})\/([A-Za-z0-9][A-Za-z0-9-]{0,31})\/([a-z/]{1,40})$/.exec(topic);
  const [, station, cluster, leaf] = match ?? [];
  if (station === undefined || cluster === undefined || leaf === undefined) return undefined;
  const known: readonly string[] = [...AGENT_PUBLISHES, ...AGENT_SUBSCRIBES];
  return known.includes(leaf) ? { station, cluster, leaf: leaf as Leaf } : undefined;
}

/** The address that a device's name gives it, and thereby the only topics it may touch. */
export function addressOfDevice(deviceId: string): ClusterAddress | undefined {
  const [station, cluster, suffix, ...rest] = deviceId.split('.');
  if (!station || !cluster || !suffix || rest.length > 0) return undefined;
  return { station, cluster };
}

/** The server's own name on the broker; no device can have it, for a device's name holds two dots. */
export const SERVER_CLIENT_ID = 'server';
