import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { matches } from '../format/fold.ts';
import { clockLength } from '../format/lengths.ts';
import { useBulletins } from '../library/bulletin-queries.ts';
import { useProgrammes } from '../schedule/schedule-queries.ts';

export type Playable = { kind: 'bulletin' | 'programme'; id: string };

const keyOf = (playable: Playable): string => `${playable.kind}:${playable.id}`;
function playableOf(key: string): Playable {
  const [kind, ...rest] = key.split(':');
  return { kind: kind === 'programme' ? 'programme' : 'bulletin', id: rest.join(':') };
}

/** The body's part that names what is played. */
export const playableBody = (playable: Playable) =>
  playable.kind === 'bulletin' ? { bulletinId: playable.id } : { programmeId: playable.id };

/** Everything that may go on air: approved bulletins and programmes, found without diacritics. */
export function usePlayables() {
  const bulletins = useBulletins();
  const programmes = useProgrammes();
  const ready = (bulletins.data?.items ?? []).filter((bulletin) => bulletin.state === 'approved');
  return {
    loading: bulletins.isPending || programmes.isPending,
    bulletins: ready.toSorted((a, b) => (b.decidedAt ?? '').localeCompare(a.decidedAt ?? '')),
    programmes: programmes.data?.items ?? [],
    titleOf: (playable: Playable): string =>
      (playable.kind === 'bulletin'
        ? bulletins.data?.items.find((item) => item.id === playable.id)?.title
        : programmes.data?.items.find((item) => item.id === playable.id)?.name) ?? '',
  };
}

interface ChoiceProps {
  value: Playable | undefined;
  onChange: (playable: Playable | undefined) => void;
}

export function PlayableChoice({ value, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  const { bulletins, programmes, loading } = usePlayables();
  const groups = [
    {
      group: t('playable.bulletins'),
      items: bulletins.map((item) => ({
        value: keyOf({ kind: 'bulletin', id: item.id }),
        label: `${item.title} (${clockLength(item.media.durationMs ?? 0)})`,
      })),
    },
    {
      group: t('playable.programmes'),
      items: programmes.map((item) => ({
        value: keyOf({ kind: 'programme', id: item.id }),
        label: `${item.name} (${clockLength(item.durationMs)})`,
      })),
    },
  ].filter((group) => group.items.length > 0);
  return (
    <Select
      label={t('playable.label')}
      placeholder={loading ? t('common.loading') : t('playable.placeholder')}
      description={!loading && groups.length === 0 ? t('playable.none') : undefined}
      data={groups}
      searchable
      clearable
      nothingFoundMessage={t('library.noneFound')}
      filter={({ options, search }) =>
        options.flatMap((option): typeof options => {
          if (!('group' in option)) return matches(option.label, search) ? [option] : [];
          const items = option.items.filter((item) => matches(item.label, search));
          return items.length > 0 ? [{ ...option, items }] : [];
        })
      }
      value={value ? keyOf(value) : null}
      onChange={(key) => onChange(key === null ? undefined : playableOf(key))}
    />
  );
}
