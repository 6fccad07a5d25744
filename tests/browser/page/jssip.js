// A phone on JsSIP, with the face that the stories use.
import JsSIP from 'jssip';
import { speakOnly } from './codecs.js';
import { forget, level, listen, speak } from './ear.js';

const state = { events: [], session: undefined, registered: undefined };
const note = (what, detail) => state.events.push({ what, detail, at: Date.now() });
let agent;

function adopt(session) {
  state.earlier = state.session;
  state.session = session;
  session.on('progress', (event) => {
    note('progress', event.response?.status_code);
    if (event.response?.body) attach(session);
  });
  session.on('accepted', () => note('accepted'));
  session.on('confirmed', () => {
    note('established');
    attach(session);
  });
  session.on('failed', (event) => {
    note('rejected', event.message?.status_code);
    note('terminated', event.cause);
  });
  session.on('ended', (event) => {
    if (event.originator === 'remote') note('bye');
    note('terminated', event.cause);
  });
  session.on('reinvite', (event) => note('reinvited', event.request.body ?? ''));
}

function attach(session) {
  listen(new MediaStream(session.connection.getReceivers().map((receiver) => receiver.track)));
}

function refer(session, target, more = {}) {
  const told = (event) => note('told', event.status_line?.status_code);
  session.refer(target, {
    ...more,
    eventHandlers: { requestSucceeded: (event) => note('referred', event.response.status_code), requestFailed: (event) => note('refused', event.response?.status_code), trying: told, progress: told, accepted: told, failed: told },
  });
}

const options = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

window.phone = {
  state,
  level,
  forget,
  /** `instance`: the UUID that outlives the page. `codecs`: all that it speaks. `timers`: session timers (RFC 4028). */
  async start({ url, user, password, domain, tone, instance, codecs, timers = false }) {
    speak(tone);
    speakOnly(codecs);
    const socket = new JsSIP.WebSocketInterface(url);
    const send = socket.send;
    socket.send = (message) => {
      const method = message.split(' ', 1)[0];
      if (method === 'SIP/2.0') note('answered', /^CSeq: *\d+ (\S+)/im.exec(message)?.[1]);
      else note('sent', method);
      return send.call(socket, message);
    };
    agent = new JsSIP.UA({ sockets: [socket], uri: `sip:${user}@${domain}`, password, display_name: user, register: true, register_expires: 120, session_timers: timers, ...(instance ? { instance_id: instance } : {}) });
    agent.on('newRTCSession', ({ session, originator }) => {
      adopt(session);
      if (originator === 'remote') note('ringing', session.remote_identity.uri.toString());
    });
    agent.on('disconnected', () => note('disconnected'));
    return new Promise((resolve) => {
      agent.on('registered', () => {
        state.registered = 200;
        resolve(200);
      });
      agent.on('registrationFailed', (event) => {
        state.registered = event.response?.status_code ?? 0;
        resolve(state.registered);
      });
      agent.start();
    });
  },
  async unregister() {
    agent.unregister();
  },
  async connectOnly({ url, user, domain, tone }) {
    speak(tone);
    const socket = new JsSIP.WebSocketInterface(url);
    agent = new JsSIP.UA({ sockets: [socket], uri: `sip:${user}@${domain}`, register: false, session_timers: false });
    agent.on('newRTCSession', ({ session }) => adopt(session));
    await new Promise((resolve) => {
      agent.on('connected', resolve);
      agent.start();
    });
  },
  async call(target) {
    agent.call(target, { ...options, sessionTimersExpires: 90 });
  },
  answer: () => state.session.answer(options),
  decline: () => state.session.terminate({ status_code: 603 }),
  hangup: () => state.session.terminate(),
  async hold(on = true) {
    await new Promise((resolve, reject) => {
      const started = on ? state.session.hold({}, resolve) : state.session.unhold({}, resolve);
      if (!started) reject(new Error('JsSIP is not ready to renegotiate'));
      setTimeout(() => reject(new Error('no answer to the re-INVITE')), 8000);
    });
    note(on ? 'held' : 'resumed');
    return 200;
  },
  /** Blind: whoever is talked with shall call `target`. */
  async transfer(target) {
    refer(state.session, target);
  },
  /** Attended: whoever was talked with before shall talk with whoever is talked with now. */
  async join() {
    refer(state.earlier, state.session.remote_identity.uri, { replaces: state.session });
  },
  direction: () => state.session.connection.getTransceivers()[0].currentDirection,
  candidates: () => state.session.connection.remoteDescription.sdp.match(/a=candidate:.*/g) ?? [],
  remoteSdp: () => state.session.connection.remoteDescription.sdp,
  drop: () => agent.stop(),
};
