// The page's words, in English and Chinese.

const english = {
  title: "Web phone",
  account: "Account",
  user: "User",
  password: "Password",
  domain: "Domain",
  signIn: "Sign in",
  signOut: "Sign out",
  phone: "Phone",
  number: "Name or number",
  pad: "Dial pad",
  call: "Call",
  callPerson: "Call {who}",
  accept: "Accept",
  decline: "Decline",
  hold: "Hold",
  resume: "Resume",
  mute: "Mute",
  unmute: "Unmute",
  hangup: "Hang up",
  micLevel: "You",
  farLevel: "Far end",
  sendTone: "Send a soft tone instead of the microphone",
  second: "Open a second phone as {who}",
  hint: "The number keys work from the keyboard too; in a call they send DTMF.",

  offline: "Not signed in",
  connecting: "Connecting…",
  registering: "Signing in…",
  registered: "Signed in as {who}",
  refused: "Sign-in refused",
  lost: "Connection lost, trying again in {seconds} s",

  calling: "Calling…",
  ringingThere: "It rings at the other end…",
  incoming: "is calling you",
  talking: "Connected",
  held: "On hold",
  heldByFar: "The other side has put you on hold",
  noFlow: "Nothing is heard from the far end yet.",
  flow: "Sound arrives from the far end.",
  ended: "The call is over.",

  noSocket:
    "Margrave does not answer at {where}. Check that it is running and that this page comes from it; the phone keeps trying.",
  wrongPassword: "The server refused {who} with this password. Check both and sign in again.",
  unknownUser: "The server does not know {who} (404). Check the user and the domain.",
  notAllowed: "The server does not allow this account to sign in (403). Ask whoever runs the server.",
  serverSilent:
    "Margrave answers, but the SIP server behind it does not ({status}). Check that it is running and that [server] address is right; the phone keeps trying.",
  registerFailed: "Signing in failed: {status} {reason}.",
  badAddress: "This is not a name or number that can be called: {target}",

  nobody: "There is nobody under {target} (404). Check the number.",
  unavailable: "{target} is not signed in at the moment (480).",
  busy: "{target} is busy (486).",
  declined: "{target} declined the call (603).",
  noAnswer: "{target} did not answer in time ({status}).",
  forbidden: "The call is not allowed (403). Sign in again; if that does not help, ask whoever runs the server.",
  noCodec: "Both ends have no common audio format (488).",
  busyServer: "The server cannot take the call now ({status}). Try again in a moment.",
  callFailed: "The call failed: {status} {reason}.",
  mediaFailed:
    "Signalling works, but no sound can pass: this browser cannot reach Margrave's media port. Check that its one UDP port is open or forwarded on the router, and that `advertise` in the configuration names the router's address.",

  micRefused:
    "The browser refused the microphone. Allow it with the symbol beside the address, then call again. Meanwhile a soft tone is sent.",
  micMissing: "There is no microphone. A soft tone is sent in its place, so that the echo can still be heard.",
  micBusy: "The microphone cannot be opened; another program may be using it. A soft tone is sent in its place.",
  micInsecure:
    "Browsers give a microphone only to https pages and to localhost. Open this page as https or as http://localhost. Meanwhile a soft tone is sent.",
  noWebRtc: "This browser has no WebRTC (or it is switched off). Use a current Chromium, Firefox or Safari.",
  playBlocked: "The browser holds the sound back. Click anywhere on the page to hear the far end.",
};

export type Key = keyof typeof english;

const chinese: Record<Key, string> = {
  title: "网页电话",
  account: "账号",
  user: "用户",
  password: "密码",
  domain: "域",
  signIn: "登录",
  signOut: "退出",
  phone: "电话",
  number: "名字或号码",
  pad: "拨号盘",
  call: "呼叫",
  callPerson: "呼叫 {who}",
  accept: "接听",
  decline: "拒接",
  hold: "保持",
  resume: "恢复",
  mute: "静音",
  unmute: "取消静音",
  hangup: "挂断",
  micLevel: "本端",
  farLevel: "对端",
  sendTone: "不用麦克风，发送一个柔和的音",
  second: "以 {who} 的身份再开一部电话",
  hint: "也可以用键盘上的数字键；通话中它们发送 DTMF。",

  offline: "未登录",
  connecting: "正在连接…",
  registering: "正在登录…",
  registered: "已登录：{who}",
  refused: "登录被拒绝",
  lost: "连接断开，{seconds} 秒后重试",

  calling: "正在呼叫…",
  ringingThere: "对方正在振铃…",
  incoming: "来电",
  talking: "通话中",
  held: "已保持",
  heldByFar: "对方把你置于保持状态",
  noFlow: "还没有收到对端的声音。",
  flow: "正在收到对端的声音。",
  ended: "通话已结束。",

  noSocket: "{where} 上的 Margrave 没有应答。请确认它正在运行，并且本页面来自它；电话会继续重试。",
  wrongPassword: "服务器拒绝了 {who} 和这个密码。请检查后重新登录。",
  unknownUser: "服务器不认识 {who}（404）。请检查用户和域。",
  notAllowed: "服务器不允许这个账号登录（403）。请联系服务器的管理员。",
  serverSilent: "Margrave 有应答，但它后面的 SIP 服务器没有（{status}）。请确认服务器正在运行、[server] address 正确；电话会继续重试。",
  registerFailed: "登录失败：{status} {reason}。",
  badAddress: "这不是可以呼叫的名字或号码：{target}",

  nobody: "没有 {target} 这个人（404）。请检查号码。",
  unavailable: "{target} 目前没有登录（480）。",
  busy: "{target} 正忙（486）。",
  declined: "{target} 拒绝了呼叫（603）。",
  noAnswer: "{target} 没有及时接听（{status}）。",
  forbidden: "不允许这个呼叫（403）。请重新登录；如果没有用，请联系服务器的管理员。",
  noCodec: "两端没有共同的音频格式（488）。",
  busyServer: "服务器现在不能接受呼叫（{status}）。请稍后再试。",
  callFailed: "呼叫失败：{status} {reason}。",
  mediaFailed:
    "信令正常，但声音无法通过：浏览器到不了 Margrave 的媒体端口。请确认那一个 UDP 端口已开放或已在路由器上转发，并且配置中的 advertise 写的是路由器的地址。",

  micRefused: "浏览器拒绝了麦克风。请用地址栏旁的图标允许它，然后重新呼叫。此刻发送的是一个柔和的音。",
  micMissing: "没有麦克风。改为发送一个柔和的音，这样仍然可以听到回声。",
  micBusy: "麦克风打不开，可能正被别的程序使用。改为发送一个柔和的音。",
  micInsecure: "浏览器只把麦克风交给 https 页面和 localhost。请用 https 或 http://localhost 打开本页面。此刻发送的是一个柔和的音。",
  noWebRtc: "这个浏览器没有 WebRTC（或已被关闭）。请使用新版的 Chromium、Firefox 或 Safari。",
  playBlocked: "浏览器拦住了声音。请点击页面任意位置来收听对端。",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
export const language = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
const words = language === "zh" ? chinese : english;

/** The words for `key`, with `{names}` filled in. */
export function text(key: Key, values: Record<string, string | number> = {}): string {
  return words[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Words every element of the page that names its text. */
export function wordPage(): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = text(element.dataset.text as Key);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label as Key));
  }
  document.title = `Margrave · ${text("title")}`;
}
