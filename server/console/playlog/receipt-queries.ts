import { useQuery } from '@tanstack/react-query';
import { playLogLine } from '@tieng-lang/shared/contract/http/receipts';
import { keys } from '../api/keys.ts';
import { useServices } from '../app/services.ts';
import { addDays, instantOf } from '../format/instants.ts';

/** Receipts come in after the sound; no event tells of them, so they are asked for while somebody looks. */
const LOOK_MS = 15_000;

export interface ReceiptFilter {
  /** Local dates, both included. */
  from: string;
  to: string;
  cluster?: string;
  broadcast?: string;
}

export function useReceipts(filter: ReceiptFilter) {
  const { api } = useServices();
  const query = {
    from: new Date(instantOf(filter.from)).toISOString(),
    to: new Date(instantOf(addDays(filter.to, 1))).toISOString(),
    cluster: filter.cluster,
    broadcast: filter.broadcast,
  };
  return useQuery({
    queryKey: keys.receipts(query),
    queryFn: ({ signal }) => api.all('/receipts', playLogLine, { query, signal }),
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });
}
