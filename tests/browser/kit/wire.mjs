// An ear on the wire: the G.711 that arrives at a phone's RTP ports, as its network card sees it.
//
// baresip 1.0 takes its recording filter out of the receiving chain at the first re-INVITE, so that what it decodes after a
// hold cannot be read from its own dump. Before a hold both are asked; after it, the wire and baresip's own clock of decoded audio.
import { spawn } from 'node:child_process';
import { amplitude } from './tones.mjs';

const RATE = 8000;
const KEPT = RATE * 4;

/** Listens for RTP to `ports` of `address` on a network interface of a place. */
export function wireEar(stage, place, { device, address, ports }) {
  const [program, ...words] = place.words(['tcpdump', '-i', device, '-U', '-s', '300', '-w', '-', `udp and dst host ${address} and dst portrange ${ports}`]);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  stage.after(() => child.kill('SIGTERM'));
  let pending = Buffer.alloc(0);
  let begun = false;
  let samples = [];
  let total = 0;
  const packet = (frame) => {
    // Ethernet, IPv4, UDP, RTP.
    const ip = frame.subarray(14);
    const rtp = ip.subarray((ip[0] & 15) * 4 + 8);
    if (rtp.length < 13 || rtp[0] >> 6 !== 2) return;
    const kind = rtp[1] & 127;
    if (kind !== 0 && kind !== 8) return;
    const expand = kind === 0 ? muLaw : aLaw;
    for (const code of rtp.subarray(12)) samples.push(expand(code));
    total += rtp.length - 12;
    if (samples.length > KEPT) samples = samples.slice(-KEPT);
  };
  child.stdout.on('data', (piece) => {
    pending = Buffer.concat([pending, piece]);
    if (!begun && pending.length >= 24) {
      pending = pending.subarray(24);
      begun = true;
    }
    while (begun && pending.length >= 16 && pending.length >= 16 + pending.readUInt32LE(8)) {
      const length = pending.readUInt32LE(8);
      packet(pending.subarray(16, 16 + length));
      pending = pending.subarray(16 + length);
    }
  });
  return {
    /** Seconds of sound so far. */
    seconds: () => total / RATE,
    level: (frequency, seconds) => amplitude(samples.slice(-Math.floor(RATE * seconds)), frequency, RATE),
  };
}

/** ITU-T G.711, to the range of -1 to 1. */
function muLaw(code) {
  const inverted = ~code & 255;
  const magnitude = (((inverted & 15) << 3) + 132) << ((inverted & 112) >> 4);
  return (inverted & 128 ? 132 - magnitude : magnitude - 132) / 32768;
}

function aLaw(code) {
  const even = code ^ 85;
  const segment = (even & 112) >> 4;
  let magnitude = (even & 15) << 4;
  magnitude = segment === 0 ? magnitude + 8 : (magnitude + 264) << (segment - 1);
  return (even & 128 ? magnitude : -magnitude) / 32768;
}
