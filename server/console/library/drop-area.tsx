import { Button, FileButton, Text } from '@mantine/core';
import { IconCloudUpload } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import './drop-area.css';

/** What file choosers offer; the server looks at the sound itself, whatever the name says. */
const ACCEPT = 'audio/*,video/3gpp,video/mp4,.mp3,.wav,.m4a,.aac,.ogg,.oga,.opus,.flac,.amr,.3gp,.wma';

/** Takes files by a click, by the keyboard or dropped. */
export function DropArea({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) onFiles(files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button inside does the same by keyboard
    <div
      className="tl-drop"
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconCloudUpload size={40} stroke={1.4} aria-hidden />
      <div>
        <Text fw={600}>{t('upload.drop')}</Text>
        <Text size="sm" c="dimmed">
          {t('upload.kinds')}
        </Text>
      </div>
      <FileButton multiple accept={ACCEPT} onChange={onFiles} inputProps={{ 'aria-label': t('upload.choose') }}>
        {(props) => (
          <Button {...props} variant="light">
            {t('upload.choose')}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
