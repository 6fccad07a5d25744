// The page: what is seen and pressed.

import { Phone, type Call, type Registration } from "./phone";
import { Level, Ring, source, wake } from "./sound";
import { readDemo, type Demo } from "./demo";
import { text, wordPage, type Key } from "./text";

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`the page has no #${id}`);
  }
  return element as T;
}

const user = find<HTMLInputElement>("user");
const password = find<HTMLInputElement>("password");
const domain = find<HTMLInputElement>("domain");
const target = find<HTMLInputElement>("target");
const sendTone = find<HTMLInputElement>("send-tone");
const notice = find("notice");
const far = find<HTMLAudioElement>("far");
const micLevel = find<HTMLMeterElement>("mic-level");
const farLevel = find<HTMLMeterElement>("far-level");

const query = new URLSearchParams(location.search);
// `?tone=440` sends a tone of that many Hertz; without it the fallback is a soft 330.
const toneFrequency = Number(query.get("tone")) || 330;
const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
const ring = new Ring();

let call: Call = { state: "idle" };
let peer = "";
let held = false;
let muted = false;
let started = 0;
let near: Level | undefined;
let heard: Level | undefined;

const phone = new Phone(server, () => source(sendTone.checked, toneFrequency), {
  registration: showRegistration,
  call: showCall,
  far(stream) {
    far.srcObject = stream;
    far.play().catch(() => say("playBlocked"));
    heard?.close();
    heard = new Level(stream);
  },
  near(source) {
    near?.close();
    near = new Level(source.stream);
    if (source.notice !== undefined) {
      say(source.notice);
    }
  },
  media(state) {
    document.body.dataset.media = state;
    if (state === "failed") {
      say("mediaFailed");
    }
  },
  hold(now) {
    held = now;
    showCall(call, peer);
  },
});

/** A sentence that says what is wrong and what to do; without a key it goes away. */
function say(key?: Key, values: Record<string, string | number> = {}): void {
  notice.hidden = key === undefined;
  notice.dataset.key = key ?? "";
  notice.textContent = key === undefined ? "" : text(key, values);
}

function showRegistration(now: Registration): void {
  document.body.dataset.registration = now.state;
  const who = user.value;
  const seconds = now.state === "lost" ? now.seconds : 0;
  find("registration").textContent = text(now.state, { who, seconds });
  find("unregister").hidden = now.state === "offline";
  // Where nothing is to be typed in any more, less is shown.
  find("account").classList.toggle("quiet", now.state === "registered");
  if (now.state === "registered") {
    say();
  } else if (now.state === "lost") {
    say("noSocket", { where: server });
  } else if (now.state === "refused") {
    const { status, reason } = now;
    say(refusal(status), { who, status, reason });
  }
  showButtons();
}

function refusal(status: number): Key {
  switch (status) {
    case 401:
    case 407:
      return "wrongPassword";
    case 403:
      return "notAllowed";
    case 404:
      return "unknownUser";
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return "serverSilent";
    default:
      return "registerFailed";
  }
}

function failure(status: number): Key {
  switch (status) {
    case 404:
    case 410:
    case 604:
      return "nobody";
    case 480:
      return "unavailable";
    case 486:
    case 600:
      return "busy";
    case 603:
      return "declined";
    case 408:
      return "noAnswer";
    case 401:
    case 403:
    case 407:
      return "forbidden";
    case 488:
    case 606:
      return "noCodec";
    case 500:
    case 502:
    case 503:
    case 504:
      return "busyServer";
    default:
      return "callFailed";
  }
}

function showCall(now: Call, who: string): void {
  const before = call.state;
  call = now;
  peer = who;
  document.body.dataset.call = now.state;
  document.body.dataset.held = String(held);
  find("peer").textContent = who;
  find("current").hidden = now.state === "idle";
  if (now.state === "incoming") {
    ring.start();
    document.title = `☎ ${who}`;
  } else {
    ring.stop();
    document.title = `Margrave · ${text("title")}`;
  }
  if (now.state === "talking" && before !== "talking") {
    started = Date.now();
  }
  if (now.state === "idle") {
    held = false;
    muted = false;
    near?.close();
    heard?.close();
    near = undefined;
    heard = undefined;
    far.srcObject = null;
    document.body.dataset.held = "false";
    delete document.body.dataset.media;
    delete document.body.dataset.flow;
    // 487 is the answer to our own CANCEL.
    if (now.status !== undefined && now.status !== 487) {
      say(failure(now.status), { target: who, status: now.status, reason: now.reason ?? "" });
    } else if (now.reason !== undefined && now.status === undefined) {
      say(window.RTCPeerConnection === undefined ? "noWebRtc" : "callFailed", { status: "", reason: now.reason });
    }
  }
  showState();
  showButtons();
}

function showState(): void {
  find("call-state").textContent = stateText();
}

function stateText(): string {
  switch (call.state) {
    case "calling":
      return text("calling");
    case "progress":
      return text("ringingThere");
    case "incoming":
      return text("incoming");
    case "talking":
      return text(held ? "held" : phone.heldByFar ? "heldByFar" : "talking");
    default:
      return text("ended");
  }
}

function showButtons(): void {
  const registered = document.body.dataset.registration === "registered";
  const idle = call.state === "idle";
  find<HTMLButtonElement>("call").disabled = !registered || !idle;
  for (const button of document.querySelectorAll<HTMLButtonElement>("#services button")) {
    button.disabled = !registered || !idle;
  }
  find("accept").hidden = call.state !== "incoming";
  find("decline").hidden = call.state !== "incoming";
  find("hold").hidden = call.state !== "talking";
  find("mute").hidden = call.state !== "talking";
  find("hangup").hidden = call.state === "incoming" || idle;
  const hold = find("hold");
  hold.setAttribute("aria-pressed", String(held));
  hold.textContent = text(held ? "resume" : "hold");
  const mute = find("mute");
  mute.setAttribute("aria-pressed", String(muted));
  mute.textContent = text(muted ? "unmute" : "mute");
}

function showLevels(): void {
  micLevel.value = held || muted ? 0 : (near?.read() ?? 0);
  farLevel.value = heard?.read() ?? 0;
  if (call.state === "talking") {
    const seconds = Math.floor((Date.now() - started) / 1000);
    find("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    document.body.dataset.flow = String(farLevel.value > 0.05);
    find("flow").textContent = text(farLevel.value > 0.05 ? "flow" : "noFlow");
    const wording = stateText();
    if (find("call-state").textContent !== wording) {
      showState();
    }
  } else {
    find("clock").textContent = "";
    find("flow").textContent = "";
  }
}

async function dial(who: string): Promise<void> {
  wake();
  say();
  if (!(await phone.call(who, domain.value))) {
    say("badAddress", { target: who });
  }
}

function press(key: string): void {
  if (call.state === "talking") {
    phone.dtmf(key);
  } else {
    target.value += key;
  }
}

function buildPad(): void {
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key;
    button.dataset.key = key;
    button.addEventListener("click", () => press(key));
    find("pad").append(button);
  }
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (!typing && call.state === "talking" && /^[0-9*#]$/.test(event.key)) {
      press(event.key);
    }
  });
}

function buildServices(demo: Demo): void {
  const others = demo.users.filter((other) => other.name !== user.value);
  const entries = [
    ...demo.services.map(({ number, name }) => ({ number, name })),
    ...others.map((other) => ({ number: other.name, name: other.name })),
  ];
  find("services").replaceChildren(
    ...entries.map(({ number, name }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `dial-${number}`;
      button.dataset.dial = number;
      button.textContent = text("callPerson", { who: name });
      button.addEventListener("click", () => void dial(number));
      return button;
    }),
  );
  const second = find("second");
  second.hidden = others.length === 0;
  second.replaceChildren(
    ...others.map((other) => {
      const link = document.createElement("a");
      link.href = `?user=${encodeURIComponent(other.name)}`;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = text("second", { who: other.name });
      return link;
    }),
  );
  showButtons();
}

async function start(): Promise<void> {
  wordPage();
  buildPad();
  find("hint").textContent = text("hint");
  sendTone.checked = query.has("tone");
  showRegistration({ state: "offline" });

  find("account-form").addEventListener("submit", (event) => {
    event.preventDefault();
    wake();
    say();
    void phone.signIn({ user: user.value.trim(), password: password.value, domain: domain.value.trim() });
  });
  find("unregister").addEventListener("click", () => void phone.signOut());
  find("dial-form").addEventListener("submit", (event) => {
    event.preventDefault();
    void dial(target.value);
  });
  find("accept").addEventListener("click", () => {
    wake();
    say();
    void phone.accept();
  });
  find("decline").addEventListener("click", () => void phone.hangUp());
  find("hangup").addEventListener("click", () => void phone.hangUp());
  find("hold").addEventListener("click", () => void phone.hold(!held));
  find("mute").addEventListener("click", () => {
    muted = !muted;
    phone.mute(muted);
    showButtons();
  });
  addEventListener("click", () => {
    wake();
    if (far.srcObject !== null && far.paused) {
      void far.play();
    }
  });
  // A page that goes away says goodbye as well as it can; Margrave ends what it could not.
  addEventListener("pagehide", () => void phone.signOut());
  setInterval(showLevels, 100);

  if (window.RTCPeerConnection === undefined) {
    say("noWebRtc");
  }
  const demo = await readDemo();
  domain.value = query.get("domain") ?? demo.domain ?? location.hostname;
  find("domain-row").hidden = demo.users.length > 0;
  const chosen = demo.users.find(({ name }) => name === query.get("user")) ?? demo.users[0];
  user.value = query.get("user") ?? chosen?.name ?? "";
  password.value = chosen?.password ?? "";
  buildServices(demo);
  document.body.dataset.ready = "true";
  if (chosen !== undefined) {
    void phone.signIn({ user: chosen.name, password: chosen.password, domain: domain.value });
  }
}

// For tests and for the curious: the connection's statistics tell more than a meter.
Object.assign(window, { phone });
void start();
