// By WebAudio.
let context;
let oscillator;

/** The page's microphone is a tone of `frequency` Hz. */
export function speak(frequency) {
  context ??= new AudioContext();
  const destination = context.createMediaStreamDestination();
  oscillator = context.createOscillator();
  const gain = context.createGain();
  gain.gain.value = 0.4;
  oscillator.frequency.value = frequency;
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  navigator.mediaDevices.getUserMedia = async () => destination.stream.clone();
}

let samples = [];
let tap;

/** Listens to a stream from now on; a new call replaces the old ear. */
export async function listen(stream) {
  await context.resume();
  if (tap) {
    tap.source.disconnect();
    tap.processor.disconnect();
    tap.processor.onaudioprocess = null;
    tap.element.srcObject = null;
  }
  samples = [];
  // Chromium feeds WebAudio from a remote track only while a media element plays it too.
  const element = new Audio();
  element.srcObject = stream;
  element.muted = true;
  await element.play().catch(() => {});
  const source = context.createMediaStreamSource(stream);
  const processor = context.createScriptProcessor(1024, 1, 1);
  processor.onaudioprocess = (event) => {
    samples.push(...event.inputBuffer.getChannelData(0));
    const limit = context.sampleRate * 4;
    if (samples.length > limit) samples = samples.slice(-limit);
  };
  source.connect(processor).connect(context.destination);
  tap = { source, element, processor };
}

/** Amplitude of `frequency` in the last `seconds` heard: a full-scale sine is 1. */
export function level(frequency, seconds = 0.8) {
  const last = samples.slice(-Math.floor(context.sampleRate * seconds));
  if (last.length < context.sampleRate * 0.2) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / context.sampleRate);
  let [one, two] = [0, 0];
  for (const sample of last) [one, two] = [sample + coefficient * one - two, one];
  return (2 * Math.sqrt(Math.max(one * one + two * two - coefficient * one * two, 0))) / last.length;
}

/** Forgets what was heard. */
export function forget() {
  samples = [];
}
