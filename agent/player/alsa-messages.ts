/** Between the agent and the process that holds the sound card. Instants are CLOCK_MONOTONIC of the machine, ms. */
export type ToAlsa =
  | { kind: 'open'; device: string; periodFrames: number; bufferFrames: number }
  | { kind: 'block'; samples: Int16Array }
  | { kind: 'close' };

export type FromAlsa =
  | { kind: 'opened'; channels: number; periodFrames: number; bufferFrames: number }
  /** As many blocks as are wanted are sent back, one by one; the next wish comes when they are written. */
  | { kind: 'want'; blocks: number; firstFrame: number; lostFrames: number; position: { frame: number; atMachineMs: number } | null }
  | { kind: 'closed' }
  /** The card could not be opened, or has failed; it is closed. */
  | { kind: 'failed'; reason: string };
