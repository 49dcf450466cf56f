/** The package's own declarations are not reachable through its `exports`; this is what is used of it. */
declare module '@evan/opus' {
  export class Encoder {
    constructor(options: { channels: 1 | 2; sample_rate: 48000; application: 'voip' | 'audio' });
    bitrate: number;
    complexity: number;
    encode(pcm: Int16Array): Uint8Array;
  }
  export class Decoder {
    constructor(options: { channels: 1 | 2; sample_rate: 48000 });
    decode(packet: Uint8Array): Uint8Array;
  }
}
