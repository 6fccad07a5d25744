// A real telephone: baresip, with a tone for a voice and a file for an ear.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { until } from './place.mjs';
import { toneFile, levelAt } from './tones.mjs';
import { wireEar } from './wire.mjs';

/** Starts a phone that registers as `user` and speaks `tone` Hz. `answer`: 'auto' or 'manual'. `codecs`: all that it speaks. */
export async function baresip(stage, place, { user, password, address, port, server, tone, answer = 'manual', controlPort = 14444, rtp = '25000-25100', netInterface, device = 'eth0', codecs = 'PCMU/8000,PCMA/8000' }) {
  const folder = join(stage.folder, `baresip-${user}`);
  mkdirSync(folder);
  const voice = join(folder, 'voice.wav');
  toneFile(voice, tone, 120);
  writeFileSync(
    join(folder, 'config'),
    `poll_method epoll
${netInterface ? `net_interface ${netInterface}\n` : ''}sip_listen ${address}:${port}
audio_player aufile,${folder}/player.wav
audio_source aufile,${voice}
audio_alert aufile,${folder}/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports ${rtp}
rtcp_mux no
jitter_buffer_delay 1-5
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module g726.so
module opus.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
snd_path ${folder}
`,
  );
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${user}@${server.domain};transport=udp>;auth_pass=${password};outbound="sip:${server.address}:${server.port};transport=udp";regint=60;answermode=${answer};audio_codecs=${codecs}\n`,
  );
  writeFileSync(join(folder, 'contacts'), '');
  const ear = wireEar(stage, place, { device, address, ports: rtp });
  const phone = place.start(stage, `baresip-${user}`, ['baresip', '-f', folder], { cwd: folder });
  await phone.says(/baresip is ready/);
  await phone.says(/\(200 OK\)|200 OK/, 10_000);
  const control = await controlPortOf(stage, place, controlPort);
  // Stories ask what the phone said since the last `forget`.
  let mark = 0;
  const since = () => phone.output().slice(mark);
  const heardFiles = () => readdirSync(folder).filter((name) => name.endsWith('-dec.wav')).sort();
  /** A command now and then gets lost on the way: ask until it is done. */
  const ask = async (done, command, params) => {
    for (let tries = 0; tries < 4; tries += 1) {
      const before = phone.output().length;
      await control(command, params);
      if (await until(command, () => done.test(phone.output().slice(before)), 2000).catch(() => false)) return;
    }
  };
  /** The same for what it says nothing of: its answer on the control port is the sign. */
  const told = async (command, params) => {
    for (let tries = 0; tries < 4; tries += 1) {
      const reply = await control(command, params);
      if (reply.includes('"response":true')) return reply;
    }
    return '';
  };
  return {
    user,
    output: phone.output,
    dial: (uri) => ask(/connecting to/i, 'dial', uri),
    accept: () => ask(/answering call|call established|incoming call.*answered/i, 'accept'),
    hangup: () => ask(/terminate|closed|cancelled/i, 'hangup'),
    hold: () => told('hold'),
    resume: () => told('resume'),
    forget: () => {
      mark = phone.output().length;
    },
    said: since,
    rings: (ms = 10_000) => until(`a call at ${user}`, () => /incoming call/i.test(since()), ms),
    /** The call is over, whoever ended it. */
    isFree: (ms = 10_000) => until(`${user} to be free`, () => /terminated|closed|cancelled/i.test(since()), ms),
    says: (pattern, ms = 10_000) => until(`${user} to say ${pattern}`, () => pattern.test(since()), ms),
    /** How loud `frequency` is in what arrived at the phone during the last `seconds` (a full-scale sine is 1). */
    hears: (frequency, seconds = 1) => ear.level(frequency, seconds),
    heardSeconds: () => ear.seconds(),
    /** The same in what baresip itself decoded, up to the first re-INVITE of the call. */
    decodes: (frequency, seconds = 0.5) => {
      const file = heardFiles().at(-1);
      return file ? levelAt(readFileSync(join(folder, file)), frequency, seconds) : 0;
    },
    /** Seconds of audio that baresip's decoder has seen in this call. */
    decodedSeconds: async () => Number(/rx:[\s\S]*?time = ([0-9.]+)/.exec((await told('audio_debug')).replaceAll('\\n', '\n'))?.[1] ?? 0),
  };
}

/** Asks baresip's control port, over one connection: it serves no second one. Gives the answer, or nothing after a while. */
async function controlPortOf(stage, place, port) {
  let connection;
  if (place.netns) {
    // The port listens on the loopback of the phone's place: a program that runs there passes everything on.
    const relay = `const far=require('net').connect(${port},'127.0.0.1');process.stdin.pipe(far).pipe(process.stdout);far.on('close',()=>process.exit(0))`;
    const [program, ...words] = place.words([process.execPath, '-e', relay]);
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    connection = { write: (message) => child.stdin.write(message), heard: child.stdout };
    child.stdin.on('error', () => {});
    stage.after(() => child.kill());
  } else {
    const socket = net.connect(port, '127.0.0.1');
    connection = { write: (message) => socket.write(message), heard: socket };
    socket.on('error', () => {});
    stage.after(() => socket.destroy());
  }
  let pending = Buffer.alloc(0);
  let answered;
  connection.heard.on('data', (piece) => {
    pending = Buffer.concat([pending, piece]);
    for (;;) {
      // Netstrings: answers, and between them events.
      const colon = pending.indexOf(':');
      const length = Number(pending.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 1 || pending.length < colon + length + 2) return;
      const words = pending.subarray(colon + 1, colon + 1 + length).toString();
      pending = pending.subarray(colon + length + 2);
      if (words.includes('"response":true')) answered?.(words);
    }
  });
  return (command, params) =>
    new Promise((resolve) => {
      const slow = setTimeout(() => resolve(''), 1500);
      answered = (words) => {
        clearTimeout(slow);
        resolve(words);
      };
      const words = JSON.stringify({ command, ...(params ? { params } : {}) });
      connection.write(`${Buffer.byteLength(words)}:${words},`);
    });
}
