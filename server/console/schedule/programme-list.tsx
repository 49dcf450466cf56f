import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconCalendarPlus, IconPlaylist, IconPlaylistAdd, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { clockLength } from '../format/lengths.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Sheet } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { useProgrammes, useScheduleRefresh } from './schedule-queries.ts';

export function ProgrammeList() {
  const { t } = useTranslation();
  const { api } = useServices();
  const user = useUser();
  const confirm = useConfirm();
  const refresh = useScheduleRefresh();
  const { done, failed } = useNotices();
  const programmes = useProgrammes();
  const remove = async (id: string, name: string) => {
    const sure = await confirm({ title: t('programme.removeTitle', { name }), action: t('common.delete'), danger: true });
    if (!sure) return;
    try {
      await api.tell('DELETE', `/programmes/${encodeURIComponent(id)}`);
      await refresh();
      done(t('programme.removed', { name }));
    } catch (error) {
      failed(error);
    }
  };
  if (programmes.isError && !programmes.data) return <Fault error={programmes.error} onRetry={() => void programmes.refetch()} />;
  if (!programmes.data) return <RowSkeletons rows={3} />;
  if (programmes.data.items.length === 0) {
    return (
      <Nothing icon={IconPlaylist} title={t('programme.none')} text={t('programme.noneText')}>
        {user.may('schedule') ? (
          <Button component={Link} to="/lich-phat/chuong-trinh/moi" leftSection={<IconPlaylistAdd size={20} aria-hidden />}>
            {t('programme.new')}
          </Button>
        ) : null}
      </Nothing>
    );
  }
  return (
    <Sheet>
      <ul className="tl-rows">
        {programmes.data.items.map((programme) => (
          <li key={programme.id} className="tl-row tl-row-still">
            <Link to={`/lich-phat/chuong-trinh/${programme.id}`} className="tl-row-body tl-row-link">
              <Text component="span" fw={600}>
                {programme.name}
              </Text>
              <Text component="span" size="sm" c="dimmed">
                {t('programme.itemCount', { count: programme.items.length })} · {clockLength(programme.durationMs)}
              </Text>
            </Link>
            {user.may('schedule') ? (
              <Group gap="xs" wrap="nowrap">
                <ActionIcon
                  component={Link}
                  to={`/lich-phat/moi?chuong-trinh=${programme.id}`}
                  variant="light"
                  size={40}
                  aria-label={t('programme.schedule', { name: programme.name })}
                >
                  <IconCalendarPlus size={20} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="cinnabar"
                  size={40}
                  aria-label={t('programme.removeTitle', { name: programme.name })}
                  onClick={() => void remove(programme.id, programme.name)}
                >
                  <IconTrash size={20} aria-hidden />
                </ActionIcon>
              </Group>
            ) : null}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
