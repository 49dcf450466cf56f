import { Button, Chip, Group, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFileText, IconMusic, IconSearch, IconUpload } from '@tabler/icons-react';
import type { Bulletin, BulletinState } from '@tieng-lang/shared/contract/http/content';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { matches } from '../format/fold.ts';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { useBulletins } from './bulletin-queries.ts';
import { BulletinRow } from './bulletin-row.tsx';
import { DropArea } from './drop-area.tsx';

const STATES: readonly BulletinState[] = ['draft', 'waiting', 'approved', 'refused'];
/** Rows drawn at first and added per press: enough to scroll through, light on an old phone. */
const ROWS = 60;

export function LibraryPage() {
  const { t } = useTranslation();
  const user = useUser();
  const { uploads } = useServices();
  const [search, setSearch] = useSearchParams();
  const bulletins = useBulletins();
  const [uploading, upload] = useDisclosure(search.has('tai-len'));
  const [rows, setRows] = useState(ROWS);
  const typed = search.get('tim') ?? '';
  const state = search.get('trang-thai') ?? '';
  const change = (name: string, value: string) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        next.delete('tai-len');
        return next;
      },
      { replace: true },
    );
    setRows(ROWS);
  };
  const found = bulletins.data?.items
    .filter((bulletin) => (state === '' || bulletin.state === state) && matchesBulletin(bulletin, typed))
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const empty = bulletins.data?.items.length === 0;

  return (
    <Page
      title={t('library.title')}
      text={t('library.text')}
      actions={
        user.may('write') ? (
          <>
            <Button variant="default" component={Link} to="/thu-vien/soan" leftSection={<IconFileText size={20} aria-hidden />}>
              {t('library.compose')}
            </Button>
            <Button leftSection={<IconUpload size={20} aria-hidden />} onClick={upload.toggle} aria-expanded={uploading || empty}>
              {t('library.upload')}
            </Button>
          </>
        ) : null
      }
    >
      {user.may('write') && (uploading || empty) ? <DropArea onFiles={(files) => uploads.add(files)} /> : null}
      <Sheet>
        <Stack gap="md">
          <TextInput
            type="search"
            placeholder={t('library.search')}
            aria-label={t('library.search')}
            leftSection={<IconSearch size={18} aria-hidden />}
            value={typed}
            onChange={(event) => change('tim', event.currentTarget.value)}
          />
          <Chip.Group value={state} onChange={(value) => change('trang-thai', value as string)}>
            <Group gap="xs" role="group" aria-label={t('library.filter')}>
              <Chip value="">{t('library.all')}</Chip>
              {STATES.map((item) => (
                <Chip key={item} value={item}>
                  {t(`bulletinState.${item}`)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          {bulletins.isError && !bulletins.data ? <Fault error={bulletins.error} onRetry={() => void bulletins.refetch()} /> : null}
          {bulletins.isPending ? <RowSkeletons rows={5} /> : null}
          {found && found.length > 0 ? (
            <ul className="tl-rows" data-testid="bulletins">
              {found.slice(0, rows).map((bulletin) => (
                <BulletinRow key={bulletin.id} bulletin={bulletin} />
              ))}
            </ul>
          ) : null}
          {found && found.length > rows ? (
            <Button variant="default" onClick={() => setRows(rows + ROWS)}>
              {t('common.more')}
            </Button>
          ) : null}
          {found?.length === 0 ? (
            <Nothing
              icon={IconMusic}
              title={empty ? t('library.empty') : t('library.noneFound')}
              text={empty ? t('library.emptyText') : t('library.noneFoundText')}
            />
          ) : null}
        </Stack>
      </Sheet>
    </Page>
  );
}

const matchesBulletin = (bulletin: Bulletin, typed: string): boolean =>
  typed.trim() === '' || matches(`${bulletin.title} ${bulletin.text ?? ''} ${bulletin.author}`, typed);
