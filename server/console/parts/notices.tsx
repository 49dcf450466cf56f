import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useSentence } from './sentence.ts';

/** Short notices that go by themselves: what was done, or why it was not. */
export function useNotices() {
  const sentence = useSentence();
  return {
    done: (message: string) => void notifications.show({ message, color: 'jade', icon: <IconCheck size={18} aria-hidden /> }),
    failed: (error: unknown) =>
      void notifications.show({
        message: sentence(error),
        color: 'cinnabar',
        icon: <IconAlertTriangle size={18} aria-hidden />,
        // A refusal has to be read and acted upon, so it stays longer than a "done".
        autoClose: 12_000,
      }),
  };
}
