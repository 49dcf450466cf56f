import { Chip, Group, Input, NumberInput, Select, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { weekdayName } from '../format/instants.ts';
import type { Repeat } from './recurrence.ts';

const KINDS: readonly Repeat['kind'][] = ['once', 'daily', 'working', 'mondayToSaturday', 'weekly'];
const DAYS = [1, 2, 3, 4, 5, 6, 7];

export function RepeatChoice({ value, onChange }: { value: Repeat; onChange: (repeat: Repeat) => void }) {
  const { t } = useTranslation();
  const choose = (kind: Repeat['kind']) => onChange(kind === 'weekly' ? { kind, days: [], everyWeeks: 1 } : { kind });
  return (
    <Stack gap="sm">
      <Select
        label={t('repeat.label')}
        allowDeselect={false}
        data={KINDS.map((kind) => ({ value: kind, label: t(`repeat.${kind}`) }))}
        value={value.kind}
        onChange={(kind) => kind && choose(kind as Repeat['kind'])}
      />
      {value.kind === 'weekly' ? (
        <>
          <Input.Wrapper size="md" label={t('repeat.days')}>
            <Chip.Group multiple value={value.days.map(String)} onChange={(days) => onChange({ ...value, days: days.map(Number) })}>
              <Group gap="xs" mt={4}>
                {DAYS.map((day) => (
                  <Chip key={day} value={String(day)} size="md" aria-label={t(`weekday.${weekdayName(day)}`)}>
                    {t(`weekdayShort.${weekdayName(day)}`)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </Input.Wrapper>
          <NumberInput
            label={t('repeat.interval')}
            min={1}
            max={8}
            maw={220}
            size="md"
            clampBehavior="strict"
            allowDecimal={false}
            value={value.everyWeeks}
            onChange={(weeks) => onChange({ ...value, everyWeeks: typeof weeks === 'number' ? weeks : 1 })}
          />
        </>
      ) : null}
    </Stack>
  );
}
