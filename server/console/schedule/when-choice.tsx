import { SimpleGrid } from '@mantine/core';
import { DatePickerInput, DatesProvider, TimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import 'dayjs/locale/vi';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/services.ts';
import { localDateOf } from '../format/instants.ts';
import { languageOf } from '../i18n/i18n.ts';

/** The hours of the usual sessions, one press away. */
const USUAL = ['05:30', '11:30', '17:00'];

/** Weeks from Monday in either language. */
export function Dates({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  return <DatesProvider settings={{ locale: languageOf(i18n), firstDayOfWeek: 1, weekendDays: [0] }}>{children}</DatesProvider>;
}

interface WhenProps {
  date: string;
  time: string;
  onDate: (date: string) => void;
  onTime: (time: string) => void;
}

function When({ date, time, onDate, onTime }: WhenProps) {
  const { t } = useTranslation();
  const { clock } = useServices();
  return (
    <Dates>
      <SimpleGrid cols={2} spacing="sm">
        <DatePickerInput
          label={t('schedule.date')}
          value={date}
          minDate={localDateOf(clock.nowMs())}
          onChange={(value) => value && onDate(value)}
        />
        <TimePicker
          label={t('schedule.time')}
          format="24h"
          withDropdown
          value={time}
          onChange={(value) => onTime(value.slice(0, 5))}
          presets={USUAL}
          hoursInputLabel={t('schedule.hour')}
          minutesInputLabel={t('schedule.minute')}
        />
      </SimpleGrid>
    </Dates>
  );
}

function Until({ value, onChange, from }: { value: string | null; onChange: (date: string | null) => void; from: string }) {
  const { t } = useTranslation();
  return (
    <Dates>
      <DatePickerInput
        label={t('schedule.lastDay')}
        placeholder={t('schedule.noEnd')}
        clearable
        value={value}
        minDate={from}
        defaultDate={value ?? from}
        onChange={onChange}
      />
    </Dates>
  );
}

export const WhenChoice = Object.assign(When, { Until });
