import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type Programme, programme as programmeSchema } from '@tieng-lang/shared/contract/http/schedule';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { PageSkeleton } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { clockLength } from '../format/lengths.ts';
import { useBulletins } from '../library/bulletin-queries.ts';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { AddItem } from './add-item.tsx';
import { type DraftItem, draftOf, itemsOf, moved } from './programme-draft.ts';
import { ProgrammeItems } from './programme-items.tsx';
import { useProgrammes, useScheduleRefresh, useTunes } from './schedule-queries.ts';
import './schedule.css';

/** Builds a programme: opening tune, bulletins, pauses, closing tune, in the order in which they sound. */
export function ProgrammePage() {
  const { id } = useParams();
  const { t } = useTranslation();
  const programmes = useProgrammes();
  const tunes = useTunes();
  const bulletins = useBulletins();
  const back = { to: '/lich-phat?xem=chuong-trinh', label: t('programme.all') };
  const error = programmes.error ?? tunes.error ?? bulletins.error;
  if (error) {
    return (
      <Page title={t('programme.newTitle')} back={back}>
        <Fault error={error} />
      </Page>
    );
  }
  if (!programmes.data || !tunes.data || !bulletins.data) return <PageSkeleton />;
  const known = id === 'moi' ? undefined : programmes.data.items.find((item) => item.id === id);
  return <Builder key={id} programme={known} back={back} />;
}

function Builder({ programme, back }: { programme: Programme | undefined; back: { to: string; label: string } }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const navigate = useNavigate();
  const refresh = useScheduleRefresh();
  const { done } = useNotices();
  const tunes = useTunes().data?.items ?? [];
  const bulletins = useBulletins().data?.items ?? [];
  const [name, setName] = useState(programme?.name ?? '');
  const [draft, setDraft] = useState<DraftItem[]>(() => draftOf(programme?.items ?? startingItems(tunes.map((tune) => tune.id))));
  const [nextKey, setNextKey] = useState(draft.length);
  const lengthOf = ({ item }: DraftItem): number => {
    if ('gapMs' in item) return item.gapMs;
    if ('tuneId' in item) return tunes.find((tune) => tune.id === item.tuneId)?.durationMs ?? 0;
    if ('bulletinId' in item) return bulletins.find((bulletin) => bulletin.id === item.bulletinId)?.media.durationMs ?? 0;
    return item.relay.maxMs;
  };
  const totalMs = draft.reduce((sum, item) => sum + lengthOf(item), 0);
  const saving = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), items: itemsOf(draft) };
      return programme
        ? api.send('PATCH', `/programmes/${encodeURIComponent(programme.id)}`, body, programmeSchema)
        : api.send('POST', '/programmes', body, programmeSchema);
    },
    onSuccess: async (saved) => {
      await refresh();
      done(t('common.saved'));
      await navigate(programme ? back.to : `/lich-phat/moi?chuong-trinh=${saved.id}`);
    },
  });
  const add = (item: DraftItem['item']) => {
    // A new item goes before the closing tune, where a person means it.
    const last = draft.at(-1);
    const beforeClosing = draft.length > 1 && last && 'tuneId' in last.item && !('tuneId' in item);
    const at = beforeClosing ? draft.length - 1 : draft.length;
    setDraft(draft.toSpliced(at, 0, { key: nextKey, item }));
    setNextKey(nextKey + 1);
  };
  return (
    <Page title={programme ? programme.name : t('programme.newTitle')} back={back} narrow>
      <Sheet>
        <Stack gap="lg">
          {saving.isError ? <Fault error={saving.error} /> : null}
          <TextInput
            label={t('programme.name')}
            placeholder={t('programme.nameExample')}
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <div>
            <Group justify="space-between" mb="xs">
              <Text fw={600}>{t('programme.items')}</Text>
              <Text c="dimmed" className="tl-number">
                {t('programme.total', { length: clockLength(totalMs) })}
              </Text>
            </Group>
            <ProgrammeItems
              draft={draft}
              lengthOf={lengthOf}
              onMove={(from, to) => setDraft(moved(draft, from, to))}
              onRemove={(key) => setDraft(draft.filter((item) => item.key !== key))}
              onGap={(key, gapMs) => setDraft(draft.map((item) => (item.key === key ? { ...item, item: { gapMs } } : item)))}
            />
          </div>
          <AddItem onAdd={add} />
          <Group justify="flex-end">
            <Button
              size="lg"
              disabled={name.trim() === '' || draft.length === 0}
              loading={saving.isPending}
              onClick={() => saving.mutate()}
            >
              {programme ? t('common.save') : t('programme.saveAndSchedule')}
            </Button>
          </Group>
        </Stack>
      </Sheet>
    </Page>
  );
}

/** A session opens and closes with the station's tunes, where it has them. */
function startingItems(tuneIds: readonly string[]): DraftItem['item'][] {
  const opening = tuneIds.find((id) => id.includes('opening')) ?? tuneIds[0];
  const closing = tuneIds.find((id) => id.includes('closing')) ?? tuneIds.at(-1);
  return [opening, closing].flatMap((tuneId) => (tuneId === undefined ? [] : [{ tuneId }]));
}
