import koffi from 'koffi';

/** alsa/pcm.h; these numbers are its binary interface. */
const PLAYBACK = 0;
const NONBLOCK = 1;
const ACCESS_RW_INTERLEAVED = 3;
const FORMAT_S16_LE = 2;
const EAGAIN = -11;
const EPIPE = -32;

export const RATE = 48_000;

/** What libasound answered, in its words. */
export class AlsaError extends Error {
  override readonly name = 'AlsaError';
  readonly errno: number;

  constructor(what: string, errno: number, words: string) {
    super(`${what}: ${words}`);
    this.errno = errno;
  }
}

type Call = (...args: unknown[]) => number;

/** The few calls of libasound that a playing card needs. */
function loadLibrary() {
  const library = koffi.load('libasound.so.2');
  const integer = (name: string, ...parameters: string[]): Call => library.func(`int ${name}(${parameters.join(', ')})`) as Call;
  const params = 'void *params';
  const pcm = 'void *pcm';
  return {
    strerror: library.func('const char *snd_strerror(int errnum)') as unknown as (errno: number) => string,
    open: integer('snd_pcm_open', '_Out_ void **pcm', 'const char *name', 'int stream', 'int mode'),
    close: integer('snd_pcm_close', pcm),
    paramsMake: integer('snd_pcm_hw_params_malloc', '_Out_ void **params'),
    paramsFree: library.func('void snd_pcm_hw_params_free(void *params)') as Call,
    any: integer('snd_pcm_hw_params_any', pcm, params),
    resampling: integer('snd_pcm_hw_params_set_rate_resample', pcm, params, 'unsigned int val'),
    access: integer('snd_pcm_hw_params_set_access', pcm, params, 'int access'),
    format: integer('snd_pcm_hw_params_set_format', pcm, params, 'int val'),
    channels: integer('snd_pcm_hw_params_set_channels', pcm, params, 'unsigned int val'),
    rate: integer('snd_pcm_hw_params_set_rate', pcm, params, 'unsigned int val', 'int dir'),
    period: integer('snd_pcm_hw_params_set_period_size_near', pcm, params, '_Inout_ unsigned long *val', '_Inout_ int *dir'),
    buffer: integer('snd_pcm_hw_params_set_buffer_size_near', pcm, params, '_Inout_ unsigned long *val'),
    apply: integer('snd_pcm_hw_params', pcm, params),
    softMake: integer('snd_pcm_sw_params_malloc', '_Out_ void **params'),
    softFree: library.func('void snd_pcm_sw_params_free(void *params)') as Call,
    softCurrent: integer('snd_pcm_sw_params_current', pcm, params),
    startThreshold: integer('snd_pcm_sw_params_set_start_threshold', pcm, params, 'unsigned long val'),
    softApply: integer('snd_pcm_sw_params', pcm, params),
    prepare: integer('snd_pcm_prepare', pcm),
    start: integer('snd_pcm_start', pcm),
    drop: integer('snd_pcm_drop', pcm),
    recover: integer('snd_pcm_recover', pcm, 'int err', 'int silent'),
    write: library.func('long snd_pcm_writei(void *pcm, const int16_t *buffer, unsigned long size)') as Call,
    availDelay: integer('snd_pcm_avail_delay', pcm, '_Out_ long *availp', '_Out_ long *delayp'),
  };
}

type Library = ReturnType<typeof loadLibrary>;

/** A playback device at 48 kHz, 16 bit, one channel or two, opened without waiting. */
export class AlsaDevice {
  readonly channels: number;
  readonly periodFrames: number;
  readonly bufferFrames: number;
  readonly #calls: Library;
  readonly #pcm: unknown;

  private constructor(options: {
    calls: Library;
    pcm: unknown;
    channels: number;
    periodFrames: number;
    bufferFrames: number;
  }) {
    this.#calls = options.calls;
    this.#pcm = options.pcm;
    this.channels = options.channels;
    this.periodFrames = options.periodFrames;
    this.bufferFrames = options.bufferFrames;
  }

  /** @throws AlsaError when the device is busy, not there, or does not do 48 kHz by itself. */
  static open(options: { device: string; periodFrames: number; bufferFrames: number }): AlsaDevice {
    const calls = loadLibrary();
    const handle: unknown[] = [null];
    check(calls, `cannot open "${options.device}"`, calls.open(handle, options.device, PLAYBACK, NONBLOCK));
    const pcm = handle[0];
    try {
      return new AlsaDevice({ calls, pcm, ...configure(calls, pcm, options) });
    } catch (error) {
      calls.close(pcm);
      throw error;
    }
  }

  /** Frames that can be written, and frames between the next one written and the speaker; undefined when the card ran dry. */
  room(): { avail: number; delay: number } | undefined {
    const avail = [0];
    const delay = [0];
    const result = this.#calls.availDelay(this.#pcm, avail, delay);
    if (result === EPIPE) return undefined;
    check(this.#calls, 'the card failed', result);
    return { avail: Number(avail[0]), delay: Number(delay[0]) };
  }

  /** Frames taken; 0 when there is no room. Undefined when the card ran dry. */
  write(samples: Int16Array): number | undefined {
    const result = Number(this.#calls.write(this.#pcm, samples, samples.length / this.channels));
    if (result === EAGAIN) return 0;
    if (result === EPIPE) return undefined;
    return check(this.#calls, 'the card failed', result);
  }

  start(): void {
    check(this.#calls, 'the card does not start', this.#calls.start(this.#pcm));
  }

  /** After it ran dry: ready to be written and started again. */
  recover(): void {
    check(this.#calls, 'the card does not recover', this.#calls.recover(this.#pcm, EPIPE, 1));
  }

  close(): void {
    this.#calls.drop(this.#pcm);
    this.#calls.close(this.#pcm);
  }
}

function configure(
  calls: Library,
  pcm: unknown,
  wanted: { periodFrames: number; bufferFrames: number },
): { channels: number; periodFrames: number; bufferFrames: number } {
  const made: unknown[] = [null];
  check(calls, 'no memory', calls.paramsMake(made));
  const params = made[0];
  try {
    check(calls, 'no configuration', calls.any(pcm, params));
    // A rate converter in between would hide the card's own rate, which is what has to be followed.
    check(calls, 'no resampling', calls.resampling(pcm, params, 0));
    check(calls, 'no interleaved access', calls.access(pcm, params, ACCESS_RW_INTERLEAVED));
    check(calls, 'no 16 bit samples', calls.format(pcm, params, FORMAT_S16_LE));
    const mono = calls.channels(pcm, params, 1) >= 0;
    if (!mono) check(calls, 'neither one channel nor two', calls.channels(pcm, params, 2));
    check(calls, `the card does not do ${RATE} Hz`, calls.rate(pcm, params, RATE, 0));
    const period = [wanted.periodFrames];
    check(calls, 'no period', calls.period(pcm, params, period, [0]));
    const buffer = [wanted.bufferFrames];
    check(calls, 'no buffer', calls.buffer(pcm, params, buffer));
    check(calls, 'the card takes none of it', calls.apply(pcm, params));
    startByHand(calls, pcm);
    return { channels: mono ? 1 : 2, periodFrames: Number(period[0]), bufferFrames: Number(buffer[0]) };
  } finally {
    calls.paramsFree(params);
  }
}

/** The card starts when it is told to, and not by itself with the first block. */
function startByHand(calls: Library, pcm: unknown): void {
  const made: unknown[] = [null];
  check(calls, 'no memory', calls.softMake(made));
  const params = made[0];
  try {
    check(calls, 'no configuration', calls.softCurrent(pcm, params));
    check(calls, 'no start by hand', calls.startThreshold(pcm, params, 0x7fff_ffff));
    check(calls, 'no configuration', calls.softApply(pcm, params));
  } finally {
    calls.softFree(params);
  }
}

function check(calls: Library, what: string, result: number): number {
  if (result < 0) throw new AlsaError(what, -result, calls.strerror(result));
  return result;
}
