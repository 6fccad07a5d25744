// A real telephone: baresip, with a tone for a voice and a file for an ear.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { until } from './place.mjs';
import { toneFile, levelAt } from './tones.mjs';
import { wireEar } from './wire.mjs';

/** Starts a phone that registers as `user` and speaks `tone` Hz. `answer`: 'auto' or 'manual'. */
export async function baresip(stage, place, { user, password, address, port, server, tone, answer = 'manual', controlPort = 14444, rtp = '25000-25100', netInterface, device = 'eth0' }) {
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
    `<sip:${user}@${server.domain};transport=udp>;auth_pass=${password};outbound="sip:${server.address}:${server.port};transport=udp";regint=60;answermode=${answer};audio_codecs=PCMU/8000,PCMA/8000\n`,
  );
  writeFileSync(join(folder, 'contacts'), '');
  const ear = wireEar(stage, place, { device, address, ports: rtp });
  const phone = place.start(stage, `baresip-${user}`, ['baresip', '-f', folder], { cwd: folder });
  await phone.says(/baresip is ready/);
  await phone.says(/\(200 OK\)|200 OK/, 10_000);
  // The control port listens on the loopback of the phone's place: ask it through a program that runs there.
  const control = (command, params) => {
    const words = JSON.stringify({ command, ...(params ? { params } : {}) });
    const message = `${Buffer.byteLength(words)}:${words},`;
    if (place.netns) {
      const program = `const s=require('net').connect(${controlPort},'127.0.0.1');s.write(process.argv[1]);let r='';s.on('data',d=>{r+=d;if(r.includes('"response":true')&&r.trimEnd().endsWith(',')){console.log(r);s.destroy()}});setTimeout(()=>process.exit(0),1500)`;
      return place.run([process.execPath, '-e', program, message]);
    }
    return new Promise((resolve, reject) => {
      const socket = net.connect(controlPort, '127.0.0.1', () => socket.write(message));
      let reply = '';
      socket.on('data', (data) => {
        reply += data;
        if (!reply.includes('"response":true') || !reply.trimEnd().endsWith(',')) return;
        socket.destroy();
        resolve(reply);
      });
      socket.once('error', reject);
      socket.setTimeout(2000, () => socket.destroy(new Error('the phone does not answer its control port')));
    });
  };
  // Stories ask what the phone said since the last `forget`.
  let mark = 0;
  const since = () => phone.output().slice(mark);
  const heardFiles = () => readdirSync(folder).filter((name) => name.endsWith('-dec.wav')).sort();
  return {
    user,
    output: phone.output,
    dial: (uri) => control('dial', uri),
    accept: () => control('accept'),
    /** The control port serves one connection at a time and loses what comes too close behind another: ask until it is done. */
    hangup: async () => {
      for (let tries = 0; tries < 4; tries += 1) {
        const before = phone.output().length;
        await control('hangup');
        const done = () => /terminated|closed|cancelled/i.test(phone.output().slice(before));
        if (await until('the hang-up', done, 1500).catch(() => false)) return;
      }
    },
    hold: () => control('hold'),
    resume: () => control('resume'),
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
    decodedSeconds: async () => Number(/rx:[\s\S]*?time = ([0-9.]+)/.exec((await control('audio_debug')).replaceAll('\\n', '\n'))?.[1] ?? 0),
  };
}
