import { Stack, Text, ThemeIcon } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** An empty place that says what would stand there and what to do to get it. */
export function Nothing({ icon: Mark, title, text, children }: { icon: Icon; title: string; text?: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md">
      <ThemeIcon size={56} radius="xl" variant="light">
        <Mark size={30} stroke={1.6} aria-hidden />
      </ThemeIcon>
      <Text fw={600} size="lg" ta="center">
        {title}
      </Text>
      {text ? (
        <Text c="dimmed" ta="center" maw={440}>
          {text}
        </Text>
      ) : null}
      {children ? <div>{children}</div> : null}
    </Stack>
  );
}
