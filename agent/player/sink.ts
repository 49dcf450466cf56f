/** Where the card is: `frame` (counted from its opening) leaves it at `monotonicMs` of the device's clock. */
export interface CardPosition {
  frame: number;
  monotonicMs: number;
}

export interface RenderRequest {
  /** Number of the first frame wanted, counted from the opening; gaps after an underrun are counted too. */
  firstFrame: number;
  frames: number;
  /** The card's newest report; undefined before its first. It jitters like ALSA's `snd_pcm_avail_delay`. */
  position: CardPosition | undefined;
  /** How many frames were lost to an underrun since the request before. */
  lostFrames: number;
}

/** Fills a block with mono samples, −1 to 1. Synchronous and quick: it is called from the card's own tick. */
export type Render = (request: RenderRequest) => Float32Array;

/**
 * A sound card: 48 kHz, mono (a driver doubles it where the card has two channels). It pulls: after `open`, `render` is
 * called whenever there is room.
 */
export interface Sink {
  readonly rate: 48000;
  /** Frames between a sample's rendering and its sounding, when full. */
  readonly bufferFrames: number;
  /** @throws Error when the card is busy, gone or of a wrong rate; the player tries again and raises an alarm. */
  open(render: Render): Promise<void>;
  /** Lets what was rendered sound, then closes; at most the buffer's length. */
  close(): Promise<void>;
  /** Called when the card disappears while it is open. */
  onFailure(handler: (reason: Error) => void): void;
}
