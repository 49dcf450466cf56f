/** Between the agent and the process that holds the sound card. Instants are CLOCK_MONOTONIC of the machine, ms. */
export type ToAlsa =
  | { kind: 'open'; device: string; periodFrames: number; bufferFrames: number }
  | { kind: 'block'; wish: number; samples: Int16Array }
  | { kind: 'close' };

export type FromAlsa =
  | { kind: 'opened'; channels: number; periodFrames: number; bufferFrames: number }
  /**
   * As many blocks as are wanted are sent back, one by one, with the number of the wish; the next comes when they are
   * written. A wish that the card did not wait for (it ran dry) is void, and so are its blocks.
   */
  | {
      kind: 'want';
      wish: number;
      blocks: number;
      firstFrame: number;
      /** The card ran dry at this instant, and is silent until these blocks are there; null: it did not. */
      dryAtMachineMs: number | null;
      position: { frame: number; atMachineMs: number } | null;
    }
  | { kind: 'closed' }
  /** The card could not be opened, or has failed; it is closed. */
  | { kind: 'failed'; reason: string };
