import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '@tieng-lang/shared/errors';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ffmpeg } from './ffmpeg.ts';
import { TARGET_LUFS, TRUE_PEAK_MAX_DBTP } from './levelling.ts';
import { SampleSounds } from './sample-sounds.ts';
import { type MadeSound, SoundMaker } from './sound-maker.ts';

const run = promisify(execFile);
let folder: string;
let samples: SampleSounds;
const maker = new SoundMaker({ ffmpeg: new Ffmpeg({ clock: new SystemClock() }), log: pino({ level: 'silent' }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tieng-lang-sound-'));
  samples = new SampleSounds(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function make(file: string): Promise<MadeSound & { outFile: string; progress: number[] }> {
  const outFile = `${file}.made`;
  const progress: number[] = [];
  const signal = new AbortController().signal;
  const made = await maker.make({ file, outFile, signal, onProgress: (value) => progress.push(value) });
  return { ...made, outFile, progress };
}

async function refusal(file: string): Promise<string> {
  try {
    await make(file);
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'taken';
}

/** The decoded samples, by a decoder that knows nothing of what we noted. */
async function decode(file: string): Promise<Float32Array> {
  const args = ['-v', 'error', '-i', `file:${file}`, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
}

function expectLevelled(made: MadeSound): void {
  expect(made.loudnessLufs).toBeGreaterThan(TARGET_LUFS - 1);
  expect(made.loudnessLufs).toBeLessThan(TARGET_LUFS + 1);
  expect(made.truePeakDbtp).toBeLessThanOrEqual(TRUE_PEAK_MAX_DBTP);
}

describe('a recording of any make comes out levelled and exactly as long as it was', () => {
  const makes: Record<string, { output: string[]; lengthToleranceMs: number }> = {
    'cbr.mp3': { output: ['-b:a', '128k'], lengthToleranceMs: 0.1 },
    'vbr.mp3': { output: ['-q:a', '6'], lengthToleranceMs: 0.1 },
    'cd.wav': { output: ['-ac', '2'], lengthToleranceMs: 0.1 },
    'studio.wav': { output: ['-c:a', 'pcm_s24le', '-ar', '96000'], lengthToleranceMs: 0.1 },
    'float.wav': { output: ['-c:a', 'pcm_f32le'], lengthToleranceMs: 0.1 },
    'telephone.wav': { output: ['-c:a', 'pcm_mulaw', '-ar', '8000'], lengthToleranceMs: 0.5 },
    'phone.m4a': { output: ['-c:a', 'aac', '-b:a', '96k'], lengthToleranceMs: 30 },
    'raw.aac': { output: ['-c:a', 'aac', '-f', 'adts'], lengthToleranceMs: 60 },
    'vorbis.ogg': { output: ['-c:a', 'libvorbis'], lengthToleranceMs: 0.1 },
    'voice.opus': { output: ['-c:a', 'libopus'], lengthToleranceMs: 0.1 },
    'lossless.flac': { output: ['-c:a', 'flac'], lengthToleranceMs: 0.1 },
    'browser.webm': { output: ['-c:a', 'libopus', '-f', 'webm'], lengthToleranceMs: 25 },
  };
  test.each(Object.entries(makes))('%s', async (name, { output, lengthToleranceMs }) => {
    const made = await make(await samples.speech(name, { seconds: 3, volumeDb: -14, output }));
    expectLevelled(made);
    expect(Math.abs(made.durationMs - 3000)).toBeLessThanOrEqual(lengthToleranceMs);
    expect((await decode(made.outFile)).length / 48).toBeCloseTo(made.durationMs, 6);
    expect(made.damage).toBeNull();
    expect(made.progress.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

test('a film from a phone gives its sound, whatever pictures it carries', async () => {
  const film = await samples.ffmpeg('film.mp4', [
    ...['-f', 'lavfi', '-i', 'testsrc=s=320x240:d=2', '-f', 'lavfi', '-i', 'sine=f=500:d=2', '-c:v', 'mpeg4', '-c:a', 'aac'],
  ]);
  expectLevelled(await make(film));
});

test('a song with a huge cover picture is taken like any other', async () => {
  const cover = await samples.ffmpeg('cover.png', ['-f', 'lavfi', '-i', 'nullsrc=s=1200x1200,geq=random(1)*255:128:128', '-frames:v', '1']);
  const song = await samples.ffmpeg('covered.mp3', [
    ...['-f', 'lavfi', '-i', 'sine=f=500:d=2', '-i', cover, '-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
  ]);
  expectLevelled(await make(song));
});

test('a whisper and a shout come out equally loud', async () => {
  const whisper = await make(await samples.speech('whisper.wav', { seconds: 4, volumeDb: -40 }));
  const shout = await make(await samples.speech('shout.wav', { seconds: 4, volumeDb: 9 }));
  expectLevelled(whisper);
  expectLevelled(shout);
  expect(Math.abs((whisper.loudnessLufs ?? 0) - (shout.loudnessLufs ?? 0))).toBeLessThan(1);
});

test('sharp peaks over quiet words are held back, so that the words reach the village', async () => {
  const clicks = await samples.ffmpeg('clicks.wav', [
    ...['-f', 'lavfi', '-i', "aevalsrc=exprs='0.02*sin(2*PI*400*t)+0.9*lt(mod(t,1),0.002)*sin(2*PI*3000*t)':s=48000:d=5"],
  ]);
  expectLevelled(await make(clicks));
});

test('a beep too short to measure is brought to its peak', async () => {
  const made = await make(await samples.ffmpeg('beep.wav', ['-f', 'lavfi', '-i', 'sine=f=900:d=0.35,volume=-20dB']));
  expect(made.loudnessLufs).toBeNull();
  expect(made.truePeakDbtp).toBeGreaterThan(-5);
  expect(made.truePeakDbtp).toBeLessThanOrEqual(TRUE_PEAK_MAX_DBTP);
});

test('stereo whose sides cancel each other out is still heard', async () => {
  const file = await samples.ffmpeg('cancelling.wav', [
    ...['-f', 'lavfi', '-i', "aevalsrc=exprs='0.3*sin(2*PI*500*t)|-0.3*sin(2*PI*500*t)':s=48000:d=3"],
  ]);
  expectLevelled(await make(file));
});

test('what was said at an instant is heard at that instant: encoding moves nothing', async () => {
  const file = await samples.ffmpeg('clap.wav', [
    '-f',
    'lavfi',
    '-i',
    "aevalsrc=exprs='0.5*sin(2*PI*1000*t)*between(t,1,1.5)':s=48000:d=3",
  ]);
  const decoded = await decode((await make(file)).outFile);
  const loudest = decoded.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const first = decoded.findIndex((sample) => Math.abs(sample) > loudest / 2);
  expect(Math.abs(first - 48_000)).toBeLessThan(48);
});

test('the same file makes the same sound to the byte, so that it crosses 4G once', async () => {
  const file = await samples.speech('twice.wav', { seconds: 2 });
  const first = await readFile((await make(file)).outFile);
  const second = await readFile((await make(file)).outFile);
  expect(first.equals(second)).toBe(true);
});

test('a waveform shows where it is loud and where it is quiet', async () => {
  const file = await samples.ffmpeg('half.wav', [
    '-f',
    'lavfi',
    '-i',
    "aevalsrc=exprs='0.5*sin(2*PI*500*t)*lt(t,2)+0.003*sin(2*PI*500*t)':s=48000:d=4",
  ]);
  const { waveform, durationMs } = await make(file);
  const steps = waveform.peaks.length / 2;
  expect(steps).toBe(800);
  expect(steps * waveform.stepMs).toBeGreaterThanOrEqual(durationMs);
  const loudest = (from: number, to: number) => Math.max(...waveform.peaks.slice(from * 2, to * 2));
  expect(loudest(0, 390)).toBeGreaterThan(20 * loudest(410, 800));
});

describe('a cut recording is taken as far as it goes, and says what was lost', () => {
  test('an MP3 whose header promises more', async () => {
    const whole = await samples.speech('long.mp3', { seconds: 20, output: ['-q:a', '4'] });
    const { durationMs, damage } = await make(await samples.cut('cut.mp3', whole, 0.4));
    expect(durationMs).toBeGreaterThan(6_000);
    expect(durationMs).toBeLessThan(10_000);
    expect(damage?.statedMs).toBeGreaterThan(19_000);
    expect(damage?.decodedMs).toBeCloseTo(durationMs, 1);
  });

  test('a WAV whose header promises more', async () => {
    const whole = await samples.speech('long.wav', { seconds: 20 });
    const { damage } = await make(await samples.cut('cut.wav', whole, 0.5));
    expect(damage?.statedMs).toBeGreaterThan(19_900);
    expect(damage?.decodedMs).toBeLessThan(10_100);
  });
});

describe('what is no sound is refused with its reason', () => {
  test('a text named .mp3', async () => {
    expect(await refusal(await samples.bytes('notice.mp3', 'Kính gửi bà con trong thôn,\n'.repeat(400)))).toBe('media-not-audio');
  });
  test('a play list that names files of the server', async () => {
    await samples.speech('secret.wav', { seconds: 2 });
    const hls = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${samples.path('secret.wav')}\n#EXT-X-ENDLIST\n`;
    expect(await refusal(await samples.bytes('list.mp3', hls))).toBe('media-not-audio');
    expect(await refusal(await samples.bytes('concat.mp3', "ffconcat version 1.0\nfile 'secret.wav'\n"))).toBe('media-not-audio');
  });
  test('a photograph', async () => {
    expect(await refusal(await samples.ffmpeg('photo.jpg', ['-f', 'lavfi', '-i', 'testsrc', '-frames:v', '1']))).toBe('media-not-audio');
  });
  test('a film without sound', async () => {
    expect(await refusal(await samples.ffmpeg('mute.mp4', ['-f', 'lavfi', '-i', 'testsrc=d=1', '-c:v', 'mpeg4']))).toBe('media-not-audio');
  });
  test('a header and no more', async () => {
    const whole = await samples.speech('whole.wav', { seconds: 2 });
    expect(await refusal(await samples.cut('header.wav', whole, 80 / 176_478))).toBe('media-empty');
  });
  test('an M4A that lost its end, and with it its index', async () => {
    const whole = await samples.speech('whole.m4a', { seconds: 5, output: ['-c:a', 'aac'] });
    expect(await refusal(await samples.cut('cut.m4a', whole, 0.6))).toMatch(/^media-(not-audio|decode-failed)$/);
  });
  test('silence', async () => {
    expect(await refusal(await samples.ffmpeg('silence.wav', ['-f', 'lavfi', '-i', 'anullsrc=d=3']))).toBe('media-no-sound');
    expect(await refusal(await samples.ffmpeg('dither.wav', ['-f', 'lavfi', '-i', 'anoisesrc=d=3:a=0.0001']))).toBe('media-no-sound');
  });
  test('a click', async () => {
    expect(await refusal(await samples.speech('click.wav', { seconds: 0.1 }))).toBe('media-too-short');
  });
  test('longer than a session can be', async () => {
    const short = new SoundMaker({ ffmpeg: new Ffmpeg({ clock: new SystemClock(), longestMs: 2_000 }), log: pino({ level: 'silent' }) });
    const file = await samples.speech('endless.wav', { seconds: 8 });
    const making = short.make({ file, outFile: `${file}.made`, signal: new AbortController().signal, onProgress: () => undefined });
    await expect(making).rejects.toMatchObject({ code: 'media-too-long' });
  });
});

test('an upload is not worked on any more once the server is told to stop', async () => {
  const file = await samples.speech('stopped.wav', { seconds: 20 });
  const stopping = new AbortController();
  const making = maker.make({
    file,
    outFile: `${file}.made`,
    signal: stopping.signal,
    onProgress: () => stopping.abort(new Error('stopping')),
  });
  await expect(making).rejects.toThrow('stopping');
});
