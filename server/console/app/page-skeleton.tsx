import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Stands where a page will be while its code or its first data are on the way. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" role="status" aria-label={t('common.loading')}>
      <Skeleton height={34} width="40%" />
      <Skeleton height={110} />
      <RowSkeletons rows={4} />
    </Stack>
  );
}

export function RowSkeletons({ rows }: { rows: number }) {
  return (
    <Stack gap="sm" aria-hidden>
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <Skeleton key={row} height={64} />
      ))}
    </Stack>
  );
}
