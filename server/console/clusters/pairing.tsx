import { Button, Code, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { IconQrcode } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type Cluster, enrolmentAnswer } from '@tieng-lang/shared/contract/http/clusters';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/services.ts';
import { dateTimeOf } from '../format/instants.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/fault.tsx';

/** A one-time code by which a controller becomes this cluster's; typed or scanned at the pole. */
export function Pairing({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const confirm = useConfirm();
  const making = useMutation({ mutationFn: () => api.send('POST', '/enrolments', { cluster: cluster.code }, enrolmentAnswer) });
  const make = async () => {
    const replaces = cluster.deviceId !== null;
    const sure =
      !replaces ||
      (await confirm({
        title: t('pairing.replaceTitle', { code: cluster.code }),
        text: t('pairing.replaceText'),
        action: t('pairing.make'),
        danger: true,
      }));
    if (sure) making.mutate();
  };
  return (
    <section>
      <Title order={3} size="h5" mb={6}>
        {t('pairing.title')}
      </Title>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {cluster.deviceId === null ? t('pairing.none') : t('pairing.paired', { device: cluster.deviceId })}
        </Text>
        {making.isError ? <Fault error={making.error} /> : null}
        {making.data ? (
          <Stack gap="sm" align="center" className="tl-pairing">
            {/* An SVG as an image runs no script, whatever it holds. */}
            <img src={`data:image/svg+xml;utf8,${encodeURIComponent(making.data.qr)}`} alt={t('pairing.qr')} width={220} height={220} />
            <Code fz="md" ta="center">
              {making.data.code}
            </Code>
            <Text size="sm">{t('pairing.expires', { at: dateTimeOf(making.data.expiresAt) })}</Text>
            <CopyButton value={making.data.code}>
              {({ copied, copy }) => (
                <Button variant="default" size="xs" onClick={copy}>
                  {copied ? t('common.copied') : t('common.copy')}
                </Button>
              )}
            </CopyButton>
          </Stack>
        ) : (
          <Group>
            <Button
              variant="default"
              leftSection={<IconQrcode size={18} aria-hidden />}
              loading={making.isPending}
              onClick={() => void make()}
            >
              {t('pairing.make')}
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}
