import { Button, Group, Stack, TextInput } from '@mantine/core';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { useBulletinActions } from './bulletin-queries.ts';
import { LevelChoice } from './level-choice.tsx';

/** Title and level of a recording; any change makes it a draft again. */
export function BulletinEditor({ bulletin, onClose }: { bulletin: Bulletin; onClose: () => void }) {
  const { t } = useTranslation();
  const { done } = useNotices();
  const { change } = useBulletinActions();
  const [title, setTitle] = useState(bulletin.title);
  const [level, setLevel] = useState(bulletin.level);
  const save = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { id: bulletin.id, title: title.trim(), level },
      {
        onSuccess: () => {
          done(t('common.saved'));
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={save}>
      <Stack>
        {change.isError ? <Fault error={change.error} /> : null}
        <TextInput
          label={t('bulletin.titleLabel')}
          value={title}
          maxLength={200}
          required
          withAsterisk={false}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <LevelChoice value={level} onChange={setLevel} />
        {bulletin.state === 'draft' ? null : <div className="tl-note">{t('bulletin.editVoids')}</div>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={title.trim() === ''}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
