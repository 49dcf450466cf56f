import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCalendarPlus, IconInfoCircle } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { schedule as scheduleSchema } from '@tieng-lang/shared/contract/http/schedule';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { useServices } from '../app/services.ts';
import { addDays, localDateOf, showDate, weekdayNameOf } from '../format/instants.ts';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { type Playable, PlayableChoice, playableBody } from '../parts/playable-choice.tsx';
import { EVERYWHERE, targetsOf } from '../parts/targets.ts';
import { TargetsPicker } from '../parts/targets-picker.tsx';
import { VolumeChoice } from '../parts/volume-choice.tsx';
import { useUser } from '../session/session.tsx';
import { CheckReport } from './check-report.tsx';
import { firstDate, type Repeat, ruleOf } from './recurrence.ts';
import { RepeatChoice } from './repeat-choice.tsx';
import { useScheduleCheck, useScheduleRefresh } from './schedule-queries.ts';
import { WhenChoice } from './when-choice.tsx';
import '../theme/two-columns.css';

/** A pause in choosing after which the schedule is checked. */
const PAUSE_MS = 400;

export function NewSchedulePage() {
  const { t } = useTranslation();
  const { api, clock } = useServices();
  const user = useUser();
  const navigate = useNavigate();
  const refresh = useScheduleRefresh();
  const { done } = useNotices();
  const [search] = useSearchParams();
  const [playable, setPlayable] = useState<Playable | undefined>(() => {
    const bulletin = search.get('ban-tin');
    const programme = search.get('chuong-trinh');
    if (bulletin) return { kind: 'bulletin', id: bulletin };
    return programme ? { kind: 'programme', id: programme } : undefined;
  });
  const [date, setDate] = useState(() => addDays(localDateOf(clock.nowMs()), 1));
  const [time, setTime] = useState('05:30');
  const [repeat, setRepeat] = useState<Repeat>({ kind: 'once' });
  const [until, setUntil] = useState<string | null>(null);
  const [choice, setChoice] = useState(EVERYWHERE);
  const [volume, setVolume] = useState<number>();
  const [decided, setDecided] = useState(false);
  const [reason, setReason] = useState('');

  const targets = targetsOf(choice);
  const first = firstDate(date, repeat);
  const complete = playable && targets && time && (repeat.kind !== 'weekly' || repeat.days.length > 0);
  const rrule = ruleOf(repeat);
  const request = complete
    ? {
        ...playableBody(playable),
        targets,
        start: `${first}T${time}`,
        ...(rrule === undefined ? {} : { rrule }),
        ...(until === null || rrule === undefined ? {} : { validUntil: until }),
        ...(volume === undefined ? {} : { volume }),
      }
    : undefined;
  // As text, so that an equal request is the same request.
  const [settled] = useDebouncedValue(request ? JSON.stringify(request) : '', PAUSE_MS);
  const check = useScheduleCheck(settled === '' ? undefined : (JSON.parse(settled) as object));
  const current = request !== undefined && settled === JSON.stringify(request) && check.isSuccess && !check.isPlaceholderData;
  const undecided = current && (check.data.conflicts.length > 0 || check.data.policy.length > 0);
  const decision = { action: 'keep-both', ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };

  const saving = useMutation({
    mutationFn: (body: object) => api.send('POST', '/schedules', body, scheduleSchema),
    onSuccess: async (saved) => {
      await refresh();
      done(t('schedule.saved', { title: saved.title }));
      await navigate('/lich-phat');
    },
  });
  if (!user.may('schedule')) return <Alert icon={<IconInfoCircle aria-hidden />}>{t('schedule.notAllowed')}</Alert>;
  return (
    <Page title={t('schedule.newTitle')} back={{ to: '/lich-phat', label: t('nav.schedule') }}>
      <div className="tl-compose">
        <Sheet>
          <Stack gap="lg">
            <PlayableChoice value={playable} onChange={setPlayable} />
            <WhenChoice date={date} time={time} onDate={setDate} onTime={setTime} />
            <RepeatChoice value={repeat} onChange={setRepeat} />
            {repeat.kind === 'once' ? null : <WhenChoice.Until value={until} onChange={setUntil} from={first} />}
            {first === date ? null : (
              <Text size="sm" className="tl-note">
                {t('schedule.firstOn', { day: t(`weekday.${weekdayNameOf(first)}`), date: showDate(first) })}
              </Text>
            )}
            <TargetsPicker value={choice} onChange={setChoice} />
            <VolumeChoice value={volume} onChange={setVolume} />
          </Stack>
        </Sheet>
        <Sheet title={t('check.title')}>
          <Stack gap="md">
            {request === undefined ? <Text c="dimmed">{t('check.incomplete')}</Text> : null}
            {request !== undefined && check.isError ? <Fault error={check.error} /> : null}
            {request !== undefined && check.data ? (
              <CheckReport answer={check.data} decided={decided} onDecided={setDecided} reason={reason} onReason={setReason} />
            ) : null}
            {saving.isError ? <Fault error={saving.error} /> : null}
            <Group>
              <Button
                size="lg"
                fullWidth
                leftSection={<IconCalendarPlus size={22} aria-hidden />}
                disabled={!current || check.data.occurrences.length === 0 || (undecided && !decided)}
                loading={saving.isPending}
                onClick={() => saving.mutate({ ...request, ...(undecided ? { decision } : {}) })}
              >
                {t('schedule.save')}
              </Button>
            </Group>
          </Stack>
        </Sheet>
      </div>
    </Page>
  );
}
