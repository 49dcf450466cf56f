import { Badge, type MantineColor } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClockHour4,
  IconPencil,
  IconPlayerSkipForward,
  IconPlayerStop,
  IconWifi,
  IconWifiOff,
  IconX,
} from '@tabler/icons-react';
import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { BulletinState } from '@tieng-lang/shared/contract/http/content';
import type { Outcome } from '@tieng-lang/shared/contract/journal';
import { useTranslation } from 'react-i18next';

/** Colour never speaks alone: every state has its word and its sign. */
interface Look {
  color: MantineColor;
  icon: Icon;
}

function StateBadge({ look, label, size }: { look: Look; label: string; size?: 'sm' | 'md' | 'lg' }) {
  return (
    <Badge className={`tl-badge tl-badge-${look.color}`} size={size ?? 'lg'} leftSection={<look.icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}

const BULLETIN: Readonly<Record<BulletinState, Look>> = {
  draft: { color: 'gray', icon: IconPencil },
  waiting: { color: 'rice', icon: IconClockHour4 },
  approved: { color: 'jade', icon: IconCheck },
  refused: { color: 'cinnabar', icon: IconX },
};
export function BulletinStateBadge({ state }: { state: BulletinState }) {
  const { t } = useTranslation();
  return <StateBadge look={BULLETIN[state]} label={t(`bulletinState.${state}`)} />;
}

/** Normal is the rule and needs no badge of its own in lists. */
export function LevelBadge({ level, always = false }: { level: Level; always?: boolean }) {
  const { t } = useTranslation();
  if (level === 'normal' && !always) return null;
  const color = { normal: 'gray', priority: 'rice', emergency: 'cinnabar' }[level];
  return (
    <Badge className={`tl-badge tl-badge-${color}`} size="lg">
      {t(`level.${level}`)}
    </Badge>
  );
}

const OUTCOME: Readonly<Record<Outcome, Look>> = {
  completed: { color: 'jade', icon: IconCheck },
  interrupted: { color: 'rice', icon: IconPlayerStop },
  failed: { color: 'cinnabar', icon: IconAlertTriangle },
  missed: { color: 'cinnabar', icon: IconBan },
  skipped: { color: 'gray', icon: IconPlayerSkipForward },
};
export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation();
  return <StateBadge look={OUTCOME[outcome]} label={t(`outcome.${outcome}`)} />;
}

const PRESENCE: Readonly<Record<Cluster['presence']['state'], Look>> = {
  online: { color: 'jade', icon: IconWifi },
  offline: { color: 'cinnabar', icon: IconWifiOff },
  never: { color: 'gray', icon: IconCircleDashed },
};
export function PresenceBadge({ state }: { state: Cluster['presence']['state'] }) {
  const { t } = useTranslation();
  return <StateBadge look={PRESENCE[state]} label={t(`presence.${state}`)} />;
}
