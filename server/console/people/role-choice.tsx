import { MultiSelect, Select, Stack } from '@mantine/core';
import type { Role } from '@tieng-lang/shared/contract/http/identity';
import { useTranslation } from 'react-i18next';
import { useStation } from '../clusters/cluster-queries.ts';

const PEOPLE: readonly Role[] = ['broadcaster', 'editor', 'approver', 'village-head', 'technician', 'viewer', 'admin'];

interface RoleChoiceProps {
  role: Role;
  onRole: (role: Role) => void;
  areas: string[];
  onAreas: (areas: string[]) => void;
  /** Keys may also stand for the upstream system. */
  withUpstream?: boolean;
}

/** A role with the words of what it may do, and the villages it is for. */
export function RoleChoice({ role, onRole, areas, onAreas, withUpstream = false }: RoleChoiceProps) {
  const { t } = useTranslation();
  const station = useStation();
  const roles = withUpstream ? [...PEOPLE, 'upstream' as const] : PEOPLE;
  return (
    <Stack gap="md">
      <Select
        label={t('people.role')}
        description={t(`roleHint.${role}`)}
        inputWrapperOrder={['label', 'input', 'description']}
        allowDeselect={false}
        data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        value={role}
        onChange={(value) => value && onRole(value as Role)}
      />
      <MultiSelect
        label={t('people.areas')}
        placeholder={areas.length === 0 ? t('people.wholeCommune') : undefined}
        data={(station.data?.villages ?? []).map((village) => ({ value: village.id, label: village.name }))}
        value={areas}
        onChange={onAreas}
        clearable
      />
    </Stack>
  );
}
