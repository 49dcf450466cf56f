import { Input, SegmentedControl } from '@mantine/core';
import type { Level } from '@tieng-lang/shared/contract/basics';
import { useTranslation } from 'react-i18next';

const LEVELS: readonly Level[] = ['normal', 'priority', 'emergency'];

export function LevelChoice({ value, onChange }: { value: Level; onChange: (level: Level) => void }) {
  const { t } = useTranslation();
  return (
    <Input.Wrapper
      size="md"
      label={t('bulletin.level')}
      description={t(`levelHint.${value}`)}
      inputWrapperOrder={['label', 'input', 'description']}
    >
      <SegmentedControl
        fullWidth
        mb={4}
        aria-label={t('bulletin.level')}
        value={value}
        onChange={onChange}
        data={LEVELS.map((level) => ({ value: level, label: t(`level.${level}`) }))}
      />
    </Input.Wrapper>
  );
}
