import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface ConfirmQuestion {
  title: string;
  text?: ReactNode;
  /** Says what will be done: "Phát ở 15 cụm loa", never "OK". */
  action: string;
  danger?: boolean;
}
type Confirm = (question: ConfirmQuestion) => Promise<boolean>;

const ConfirmContext = createContext<Confirm | undefined>(undefined);

/** One dialog for all questions; the answer is a promise, so that a page asks in the line where it acts. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<ConfirmQuestion>();
  const [open, setOpen] = useState(false);
  const settle = useRef<(answer: boolean) => void>(undefined);

  const confirm = useCallback<Confirm>((asked) => {
    settle.current?.(false);
    setQuestion(asked);
    setOpen(true);
    return new Promise((resolve) => {
      settle.current = resolve;
    });
  }, []);
  const answer = (value: boolean) => {
    setOpen(false);
    settle.current?.(value);
    settle.current = undefined;
  };

  return (
    <ConfirmContext value={confirm}>
      {children}
      <Modal opened={open} onClose={() => answer(false)} title={question?.title} withCloseButton={false} size="md" zIndex={400}>
        <Stack gap="lg">
          {typeof question?.text === 'string' ? <Text>{question.text}</Text> : question?.text}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => answer(false)}>
              {t('common.cancel')}
            </Button>
            <Button color={question?.danger ? 'cinnabar' : 'jade'} onClick={() => answer(true)} data-autofocus data-testid="confirm">
              {question?.action}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </ConfirmContext>
  );
}

export function useConfirm(): Confirm {
  const confirm = useContext(ConfirmContext);
  if (!confirm) throw new Error('the page stands outside the application');
  return confirm;
}
