import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { dateTimeOf } from '../format/instants.ts';
import { clockLength, decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { usePosition } from '../onair/use-position.ts';

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} size="h5" mb={6}>
        {title}
      </Title>
      <dl className="tl-facts">{children}</dl>
    </section>
  );
}

function Fact({ label, tone, children }: { label: string; tone?: 'good' | 'warn' | 'bad' | 'plain'; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className={tone ? `tl-tone-${tone}` : undefined}>{children}</dd>
    </div>
  );
}

/** What the cluster does, knows and holds. */
export function ClusterFacts({ cluster }: { cluster: Cluster }) {
  const { t, i18n } = useTranslation();
  const language = languageOf(i18n);
  const position = usePosition(cluster.playing);
  const { playing, clock, plan, media, presence } = cluster;
  const inStep = plan.applied >= plan.desired;
  return (
    <Stack gap="lg">
      <Facts title={t('cluster.now')}>
        <Fact label={t('cluster.sounding')} tone={playing.state === 'playing' ? 'good' : 'plain'}>
          {playing.state === 'playing' ? playing.title : t(`playing.${playing.state}`)}
        </Fact>
        {position ? (
          <Fact label={t('cluster.position')}>
            {clockLength(position.positionMs)}
            {position.durationMs ? ` / ${clockLength(position.durationMs)}` : ''}
          </Fact>
        ) : null}
        {playing.state === 'playing' && playing.offsetMs !== undefined ? (
          <Fact label={t('cluster.step')} tone={Math.abs(playing.offsetMs) <= 10 ? 'good' : 'warn'}>
            {decimal(playing.offsetMs, 2, language)} ms
          </Fact>
        ) : null}
        <Fact label={t('cluster.clock')} tone={clock.status === 'synced' ? 'good' : 'warn'}>
          {t(`clock.${clock.status}`)}
          {clock.uncertaintyMs === null ? '' : ` (±${decimal(clock.uncertaintyMs, 1, language)} ms)`}
        </Fact>
        {clock.offsetMs === null ? null : (
          <Fact label={t('cluster.clockOffset')}>{t('cluster.corrected', { ms: decimal(clock.offsetMs, 1, language) })}</Fact>
        )}
        <Fact label={t('cluster.plan')} tone={inStep ? 'good' : 'warn'}>
          {inStep ? t('cluster.planInStep', { version: plan.applied }) : t('cluster.planBehind', plan)}
        </Fact>
        <Fact label={t('cluster.media')} tone={media.verified >= media.total ? 'good' : 'warn'}>
          {t('cluster.mediaVerified', media)}
        </Fact>
        <Fact label={t('cluster.lastSeen')}>{presence.lastSeenAt ? dateTimeOf(presence.lastSeenAt) : t('presence.never')}</Fact>
      </Facts>
      <section>
        <Title order={3} size="h5" mb={6}>
          {t('cluster.speakers')}
        </Title>
        <Stack gap={6}>
          {cluster.speakers.map((speaker) => (
            <Group key={speaker.code} justify="space-between">
              <Text>
                {speaker.code} · {speaker.watts} W
              </Text>
              <Badge
                size="lg"
                className={`tl-badge tl-badge-${speaker.state === 'ok' ? 'jade' : speaker.state === 'unknown' ? 'gray' : 'cinnabar'}`}
              >
                {t(`speaker.${speaker.state}`)}
              </Badge>
            </Group>
          ))}
        </Stack>
      </section>
    </Stack>
  );
}

/** The box's own measurements; what it has no sensor for is not shown. */
export function ClusterHealth({ cluster }: { cluster: Cluster }) {
  const { t, i18n } = useTranslation();
  const language = languageOf(i18n);
  const { health } = cluster;
  const number = (value: number | undefined, digits: number, unit: string) =>
    value === undefined ? undefined : `${decimal(value, digits, language)} ${unit}`;
  const yes = (value: boolean | undefined, good: string, bad: string) => (value === undefined ? undefined : value ? good : bad);
  const rows: [label: string, value: string | undefined][] = [
    [t('health.mains'), yes(health.mainsOn, t('health.mainsOn'), t('health.mainsLost'))],
    [t('health.battery'), number(health.batteryPercent, 0, '%')],
    [t('health.board'), number(health.boardCelsius, 1, '°C')],
    [t('health.amplifier'), number(health.amplifierCelsius, 1, '°C')],
    [t('health.cpu'), number(health.cpuPercent, 0, '%')],
    [t('health.memory'), number(health.memoryMb, 0, 'MB')],
    [t('health.disk'), number(health.diskFreeMb, 0, 'MB')],
    [t('health.signal'), number(health.signalDbm, 0, 'dBm')],
    [
      t('health.data'),
      health.dataUsedMb === undefined
        ? undefined
        : `${decimal(health.dataUsedMb, 0, language)}${health.dataPlanMb === undefined ? '' : ` / ${decimal(health.dataPlanMb, 0, language)}`} MB`,
    ],
    [t('health.door'), yes(health.doorOpen, t('health.doorOpen'), t('health.doorShut'))],
    [t('health.journal'), number(health.journalPending, 0, '')],
  ];
  const shown = rows.filter(([, value]) => value !== undefined);
  if (shown.length === 0 && cluster.agentVersion === null) return null;
  return (
    <Facts title={t('health.title')}>
      {shown.map(([label, value]) => (
        <Fact key={label} label={label}>
          {value}
        </Fact>
      ))}
      {cluster.agentVersion === null ? null : <Fact label={t('health.version')}>{cluster.agentVersion}</Fact>}
      {health.at ? <Fact label={t('health.at')}>{dateTimeOf(health.at)}</Fact> : null}
    </Facts>
  );
}
