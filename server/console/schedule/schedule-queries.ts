import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { listOf } from '@tieng-lang/shared/contract/http/basics';
import { occurrence, programme, schedule, scheduleCheckAnswer, tune } from '@tieng-lang/shared/contract/http/schedule';
import { keys } from '../api/keys.ts';
import { useServices } from '../app/services.ts';
import { addDays, instantOf } from '../format/instants.ts';

/** A schedule that a colleague changed shows within this. */
const LOOK_MS = 60_000;

/** What plays from one local date to another, both included. */
export function useOccurrences(fromDate: string, toDate: string) {
  const { api } = useServices();
  const from = new Date(instantOf(fromDate)).toISOString();
  const to = new Date(instantOf(addDays(toDate, 1))).toISOString();
  return useQuery({
    queryKey: keys.occurrences(from, to),
    queryFn: ({ signal }) => api.all('/occurrences', occurrence, { query: { from, to }, signal }),
    refetchInterval: LOOK_MS,
  });
}

export function useSchedules() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.schedules, queryFn: ({ signal }) => api.all('/schedules', schedule, { signal }) });
}

export function useProgrammes() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.programmes, queryFn: ({ signal }) => api.all('/programmes', programme, { signal }) });
}

export function useTunes() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.tunes, queryFn: ({ signal }) => api.get('/tunes', listOf(tune), { signal }) });
}

/** What a schedule would do, asked while it is being made. `request` is undefined while it is not complete. */
export function useScheduleCheck(request: object | undefined) {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.check(request),
    queryFn: () => api.send('POST', '/schedules/check', request, scheduleCheckAnswer),
    enabled: request !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
}

/** After a change of schedules or programmes everything that was computed from them is asked anew. */
export function useScheduleRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: keys.schedules }),
      queries.invalidateQueries({ queryKey: keys.allOccurrences }),
      queries.invalidateQueries({ queryKey: keys.programmes }),
    ]);
  };
}
