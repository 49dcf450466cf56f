import { Button, Group, Input, SegmentedControl, Skeleton, Slider, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHeadphones, IconSend } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Bulletin, textPreviewAnswer } from '@tieng-lang/shared/contract/http/content';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { keys } from '../api/keys.ts';
import { PageSkeleton } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { useBulletin, useBulletinActions } from './bulletin-queries.ts';
import { BulletinSound } from './bulletin-sound.tsx';
import { LevelChoice } from './level-choice.tsx';
import '../theme/two-columns.css';

const VOICES = ['vi-north', 'vi-central', 'vi-south'] as const;
/** A pause in typing after which the spoken words are asked for. */
const PAUSE_MS = 500;
const TEXT_MAX = 20_000;

/** Writes a bulletin that the system reads aloud, or changes one. */
export function ComposePage() {
  const [search, setSearch] = useSearchParams();
  const id = search.get('ban-tin') ?? undefined;
  const bulletin = useBulletin(id);
  if (id !== undefined && !bulletin.data) return bulletin.isError ? <Fault error={bulletin.error} /> : <PageSkeleton />;
  return <Composer bulletin={bulletin.data} onCreated={(created) => setSearch({ 'ban-tin': created }, { replace: true })} />;
}

function Composer({ bulletin, onCreated }: { bulletin: Bulletin | undefined; onCreated: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { done, failed } = useNotices();
  const { create, change, submit } = useBulletinActions();
  const [title, setTitle] = useState(bulletin?.title ?? '');
  const [text, setText] = useState(bulletin?.text ?? '');
  const [level, setLevel] = useState(bulletin?.level ?? 'normal');
  const [voice, setVoice] = useState<(typeof VOICES)[number]>(bulletin?.voice ?? 'vi-north');
  const [rate, setRate] = useState(bulletin?.rate ?? 1);
  const saved =
    bulletin !== undefined &&
    bulletin.title === title.trim().normalize('NFC') &&
    bulletin.text === text &&
    bulletin.level === level &&
    bulletin.voice === voice &&
    bulletin.rate === rate;
  const complete = title.trim() !== '' && text.trim() !== '';

  const save = async (): Promise<Bulletin> => {
    if (saved && bulletin) return bulletin;
    const body = { title: title.trim(), level, text, voice, rate };
    if (bulletin) return change.mutateAsync({ id: bulletin.id, ...body });
    const created = await create.mutateAsync(body);
    onCreated(created.id);
    return created;
  };
  const listen = () => {
    save().catch(failed);
  };
  const send = async () => {
    if (!bulletin) return;
    await submit.mutateAsync(bulletin.id);
    done(t('bulletin.submitted'));
    await navigate(`/thu-vien/${bulletin.id}`);
  };
  const busy = create.isPending || change.isPending;
  const heard = saved && bulletin?.media.state === 'ready';
  return (
    <Page title={t('compose.title')} text={t('compose.text')} back={{ to: '/thu-vien', label: t('library.title') }}>
      <div className="tl-compose">
        <Sheet>
          <Stack gap="md">
            <TextInput
              label={t('bulletin.titleLabel')}
              placeholder={t('compose.titleExample')}
              maxLength={200}
              value={title}
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <Textarea
              label={t('compose.words')}
              description={t('compose.wordsHint')}
              autosize
              minRows={8}
              maxRows={20}
              maxLength={TEXT_MAX}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Input.Wrapper size="md" label={t('compose.voice')}>
              <SegmentedControl
                fullWidth
                aria-label={t('compose.voice')}
                value={voice}
                onChange={setVoice}
                data={VOICES.map((value) => ({ value, label: t(`voice.${value}`) }))}
              />
            </Input.Wrapper>
            <Input.Wrapper size="md" label={`${t('compose.rate')}: ${decimal(rate, 1, languageOf(i18n))}×`}>
              <Slider
                min={0.5}
                max={2}
                step={0.1}
                value={rate}
                onChange={setRate}
                label={null}
                thumbLabel={t('compose.rate')}
                mt={6}
                mb={6}
              />
            </Input.Wrapper>
            <LevelChoice value={level} onChange={setLevel} />
          </Stack>
        </Sheet>
        <Stack gap="lg">
          <Sheet title={t('compose.spoken')}>
            <SpokenWords text={text} />
          </Sheet>
          <Sheet title={t('compose.preview')}>
            <Stack gap="md">
              {bulletin && saved ? (
                <BulletinSound media={bulletin.media} title={bulletin.title} />
              ) : (
                <Text size="sm" c="dimmed">
                  {t('compose.previewHint')}
                </Text>
              )}
              {bulletin && bulletin.state !== 'draft' && !saved ? <div className="tl-note">{t('bulletin.editVoids')}</div> : null}
              <Group gap="sm">
                <Button
                  variant={heard ? 'default' : 'filled'}
                  leftSection={<IconHeadphones size={20} aria-hidden />}
                  disabled={!complete || saved}
                  loading={busy}
                  onClick={listen}
                >
                  {t('compose.listen')}
                </Button>
                <Button
                  leftSection={<IconSend size={20} aria-hidden />}
                  variant={heard ? 'filled' : 'default'}
                  disabled={!heard || bulletin?.state !== 'draft'}
                  loading={submit.isPending}
                  onClick={() => void send().catch(failed)}
                >
                  {t('bulletin.submit')}
                </Button>
              </Group>
            </Stack>
          </Sheet>
        </Stack>
      </div>
    </Page>
  );
}

/** What the voice will say: numbers, dates and abbreviations spelled out, by the server's own rules. */
function SpokenWords({ text }: { text: string }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const [settled] = useDebouncedValue(text, PAUSE_MS);
  const spoken = useQuery({
    queryKey: keys.spoken(settled),
    queryFn: () => api.send('POST', '/text/preview', { text: settled }, textPreviewAnswer),
    enabled: settled.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (settled.trim() === '') {
    return (
      <Text size="sm" c="dimmed">
        {t('compose.spokenHint')}
      </Text>
    );
  }
  if (spoken.isError) return <Fault error={spoken.error} />;
  if (!spoken.data) return <Skeleton height={80} />;
  return (
    <Text className="tl-words" aria-live="polite">
      {spoken.data.spoken}
    </Text>
  );
}
