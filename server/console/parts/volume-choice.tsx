import { Group, Slider, Stack, Switch, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Where a person first finds the slider when they want a volume of their own. */
const FIRST = 70;

/** Each cluster's own volume, unless the person sets one for this broadcast. */
export function VolumeChoice({ value, onChange }: { value: number | undefined; onChange: (volume: number | undefined) => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Switch
        label={t('volume.own')}
        checked={value !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? FIRST : undefined)}
        size="md"
      />
      {value === undefined ? null : (
        <Group wrap="nowrap" gap="md">
          <Slider
            flex={1}
            min={0}
            max={100}
            step={5}
            value={value}
            onChange={onChange}
            label={null}
            size="lg"
            thumbLabel={t('volume.label')}
          />
          <Text w={52} ta="right" fw={600}>
            {value} %
          </Text>
        </Group>
      )}
    </Stack>
  );
}
