// Tones written to and found in 16-bit WAV files.
import { writeFileSync } from 'node:fs';

/** A mono file of 8 kHz with `seconds` of a sine. */
export function toneFile(path, frequency, seconds) {
  const rate = 8000;
  const data = Buffer.alloc(rate * seconds * 2);
  for (let index = 0; index < rate * seconds; index += 1) {
    data.writeInt16LE(Math.round(12000 * Math.sin((2 * Math.PI * frequency * index) / rate)), index * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([header, data]));
}

/** Goertzel: the amplitude of `frequency` in `samples` (full scale is 1). */
export function amplitude(samples, frequency, rate) {
  if (samples.length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + coefficient * one - two, one];
  const power = one * one + two * two - coefficient * one * two;
  return (2 * Math.sqrt(Math.max(power, 0))) / samples.length;
}

/** The amplitude of `frequency` in the last `seconds` of a 16-bit WAV file that may still be growing. */
export function levelAt(file, frequency, seconds) {
  const channels = file.readUInt16LE(22);
  const rate = file.readUInt32LE(24);
  const body = file.subarray(44, file.length - ((file.length - 44) % (2 * channels)));
  const wanted = Math.min(Math.floor(rate * seconds) * 2 * channels, body.length);
  const last = body.subarray(body.length - wanted);
  const samples = [];
  for (let at = 0; at + 1 < last.length; at += 2 * channels) samples.push(last.readInt16LE(at) / 32768);
  return amplitude(samples, frequency, rate);
}
