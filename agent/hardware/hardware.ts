import type { SpeakerState } from '@tieng-lang/shared/contract/basics';
import type { Measurements } from '@tieng-lang/shared/contract/health';
import type { Amplifier } from '../player/contract.ts';

/** Everything the box can tell at one moment. What it has no sensor for is absent. */
export interface Reading {
  measurements: Measurements;
  speakers: { code: string; state: SpeakerState }[];
}

/** The box around the agent: relay, sensors, battery, modem. A driver each for the real one and the simulated one. */
export interface Hardware {
  readonly amplifier: Amplifier;
  start(): Promise<void>;
  /** Switches the amplifier off, whatever it was. */
  stop(): Promise<void>;
  /** Takes well below a second; a sensor that fails is absent from the answer, not a failure of it. */
  read(): Promise<Reading>;
}
