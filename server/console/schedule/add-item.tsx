import { Button, Group, Menu, Select, Stack, Text } from '@mantine/core';
import { IconHourglass, IconMusic } from '@tabler/icons-react';
import type { ProgrammeItem } from '@tieng-lang/shared/contract/http/schedule';
import { useTranslation } from 'react-i18next';
import { matches } from '../format/fold.ts';
import { clockLength } from '../format/lengths.ts';
import { usePlayables } from '../parts/playable-choice.tsx';
import { useTunes } from './schedule-queries.ts';

/** A breath between two bulletins. */
const GAP_MS = 1_500;

export function AddItem({ onAdd }: { onAdd: (item: ProgrammeItem) => void }) {
  const { t } = useTranslation();
  const { bulletins } = usePlayables();
  const tunes = useTunes().data?.items ?? [];
  return (
    <Stack gap="xs">
      <Text fw={600}>{t('programme.add')}</Text>
      <Select
        aria-label={t('programme.addBulletin')}
        placeholder={t('programme.addBulletin')}
        searchable
        nothingFoundMessage={t('library.noneFound')}
        data={bulletins.map((item) => ({ value: item.id, label: `${item.title} (${clockLength(item.media.durationMs ?? 0)})` }))}
        filter={({ options, search }) => options.filter((option) => !('group' in option) && matches(option.label, search))}
        value={null}
        onChange={(id) => id && onAdd({ bulletinId: id })}
      />
      <Group gap="sm">
        <Menu>
          <Menu.Target>
            <Button variant="default" leftSection={<IconMusic size={20} aria-hidden />} disabled={tunes.length === 0}>
              {t('programme.addTune')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {tunes.map((tune) => (
              <Menu.Item key={tune.id} onClick={() => onAdd({ tuneId: tune.id })}>
                {tune.title} ({clockLength(tune.durationMs)})
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button variant="default" leftSection={<IconHourglass size={20} aria-hidden />} onClick={() => onAdd({ gapMs: GAP_MS })}>
          {t('programme.addGap')}
        </Button>
      </Group>
    </Stack>
  );
}
