// By media elements and recordings: without a sound card Firefox never starts an AudioContext.
const RATE = 8000;
const voice = new Audio();
let heard;

/** The page's microphone is a tone of `frequency` Hz. */
export function speak(frequency) {
  // Whole periods, so that the loop has no seam.
  const samples = RATE * 20;
  const file = new DataView(new ArrayBuffer(44 + samples * 2));
  const words = (at, text) => [...text].forEach((letter, index) => file.setUint8(at + index, letter.charCodeAt(0)));
  words(0, 'RIFF');
  file.setUint32(4, 36 + samples * 2, true);
  words(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, RATE, true);
  file.setUint32(28, RATE * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  words(36, 'data');
  file.setUint32(40, samples * 2, true);
  for (let at = 0; at < samples; at += 1) file.setInt16(44 + at * 2, Math.round(13000 * Math.sin((2 * Math.PI * frequency * at) / RATE)), true);
  voice.src = URL.createObjectURL(new Blob([file.buffer], { type: 'audio/wav' }));
  voice.loop = true;
  const ready = voice.play();
  navigator.mediaDevices.getUserMedia = async () => {
    await ready;
    return voice.mozCaptureStream().clone();
  };
}

/** Listens to a stream from now on. */
export async function listen(stream) {
  heard = stream;
}

/** Amplitude of `frequency` in the next `seconds`: a full-scale sine is 1. */
export async function level(frequency, seconds = 0.8) {
  if (!heard) return 0;
  const recorder = new MediaRecorder(heard);
  const pieces = [];
  recorder.ondataavailable = (event) => pieces.push(event.data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 200));
  recorder.stop();
  await stopped;
  const file = await new Blob(pieces).arrayBuffer();
  const sound = await new OfflineAudioContext(1, RATE, RATE).decodeAudioData(file).catch(() => undefined);
  if (!sound) return 0;
  const samples = sound.getChannelData(0).slice(-Math.floor(RATE * seconds));
  if (samples.length < RATE * 0.2) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / RATE);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + coefficient * one - two, one];
  return (2 * Math.sqrt(Math.max(one * one + two * two - coefficient * one * two, 0))) / samples.length;
}

export function forget() {}
