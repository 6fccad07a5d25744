// Where our sound comes from, and how loud sounds are.

import type { Key } from "./text";

let shared: AudioContext | undefined;

/** One context for the page. Browsers start it asleep until somebody clicks. */
function context(): AudioContext {
  shared ??= new AudioContext();
  return shared;
}

/** Lets sound begin; to be called from a click. */
export function wake(): void {
  if (context().state === "suspended") {
    void context().resume();
  }
}

/** What is sent: a stream that the call may stop when it ends, and what there is to say about it. */
export interface Source {
  stream: MediaStream;
  notice?: Key;
}

/** The microphone, or a tone if there is none or if the tone is wanted. Never fails. */
export async function source(wantTone: boolean, frequency: number): Promise<Source> {
  if (wantTone) {
    return { stream: tone(frequency) };
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    return { stream: tone(frequency), notice: "micInsecure" };
  }
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ audio: true }) };
  } catch (error) {
    return { stream: tone(frequency), notice: reason(error) };
  }
}

function reason(error: unknown): Key {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "micRefused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "micMissing";
    default:
      return "micBusy";
  }
}

/** A soft tone that swells and fades, so that an echo of it can be told from itself. */
function tone(frequency: number): MediaStream {
  const audio = context();
  const oscillator = new OscillatorNode(audio, { frequency });
  // Between 0.06 and 0.14 of full scale, once in two seconds.
  const volume = new GainNode(audio, { gain: 0.1 });
  const swell = new OscillatorNode(audio, { frequency: 0.5 });
  const depth = new GainNode(audio, { gain: 0.04 });
  const out = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
  swell.connect(depth).connect(volume.gain);
  oscillator.connect(volume).connect(out);
  oscillator.start();
  swell.start();
  wake();
  for (const track of out.stream.getAudioTracks()) {
    const stop = track.stop.bind(track);
    track.stop = () => {
      oscillator.stop();
      swell.stop();
      stop();
    };
  }
  return out.stream;
}

/** How loud a stream is. */
export class Level {
  private readonly node: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(stream: MediaStream) {
    this.node = new MediaStreamAudioSourceNode(context(), { mediaStream: stream });
    this.analyser = new AnalyserNode(context(), { fftSize: 2048 });
    this.samples = new Float32Array(this.analyser.fftSize);
    this.node.connect(this.analyser);
  }

  /** From 0 to 1, as loudness is felt: 60 dB below full scale is 0. */
  read(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) {
      sum += sample * sample;
    }
    const decibels = 10 * Math.log10(sum / this.samples.length + 1e-12);
    return Math.min(1, Math.max(0, 1 + decibels / 60));
  }

  close(): void {
    this.node.disconnect();
  }
}

/** Rings until told to stop. */
export class Ring {
  private timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.stop();
    this.strike();
    this.timer = setInterval(() => this.strike(), 3000);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private strike(): void {
    const audio = context();
    if (audio.state !== "running") {
      return;
    }
    for (const [index, frequency] of [659, 784, 659].entries()) {
      const at = audio.currentTime + index * 0.25;
      const bell = new OscillatorNode(audio, { frequency });
      const volume = new GainNode(audio, { gain: 0 });
      volume.gain.setValueAtTime(0.12, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
      bell.connect(volume).connect(audio.destination);
      bell.start(at);
      bell.stop(at + 0.6);
    }
  }
}
