import { useCallback, useSyncExternalStore } from 'react';
import { useServices } from '../app/services.ts';
import type { Upload } from './uploads.ts';

export function useUploads(): readonly Upload[] {
  const { uploads } = useServices();
  const subscribe = useCallback((listener: () => void) => uploads.subscribe(listener), [uploads]);
  return useSyncExternalStore(subscribe, () => uploads.list);
}
