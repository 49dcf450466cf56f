import { SegmentedControl, Stack, Text } from '@mantine/core';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** The text of a spoken bulletin: as it was written, or as the voice reads it. */
export function BulletinWords({ bulletin }: { bulletin: Bulletin }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<'written' | 'spoken'>('written');
  if (bulletin.text === null) return null;
  return (
    <Stack gap="xs">
      {bulletin.spoken === null || bulletin.spoken === bulletin.text ? null : (
        <SegmentedControl
          size="xs"
          value={shown}
          onChange={setShown}
          data={[
            { value: 'written', label: t('bulletin.written') },
            { value: 'spoken', label: t('bulletin.spoken') },
          ]}
        />
      )}
      <Text className="tl-words">{shown === 'spoken' ? bulletin.spoken : bulletin.text}</Text>
    </Stack>
  );
}
