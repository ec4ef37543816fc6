// The microphone as 16-bit PCM. An AudioWorklet hands over raw samples; MediaRecorder would give webm, which libsndfile cannot read.
// The sound goes to the kernel of this notebook and nowhere else.

const WORKLET = `
registerProcessor("ser-tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(2048); this.filled = 0; }
  process(inputs) {
    const channel = inputs[0][0];
    if (!channel) return true;
    for (let i = 0; i < channel.length; i++) {
      this.block[this.filled++] = channel[i];
      if (this.filled === this.block.length) { this.port.postMessage(this.block.slice()); this.filled = 0; }
    }
    return true;
  }
});`;

const MESSAGES = {
  NotAllowedError: "The browser refused the microphone: allow it in the address bar (the icon beside the address), then press Record again, or upload a file instead.",
  SecurityError: "The browser refused the microphone: allow it in the address bar (the icon beside the address), then press Record again, or upload a file instead.",
  NotFoundError: "No microphone was found: plug one in and press Record again, or upload a file instead.",
  NotReadableError: "Another program is using the microphone: close it and press Record again, or upload a file instead.",
  Insecure: "This page may not use a microphone: open it as http://localhost or over https, or upload a file instead.",
};

function toWav(blocks, rate) {
  const total = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * total));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * total, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * total, true);
  let at = 44;
  for (const block of blocks) for (const sample of block) {
    const clipped = Math.max(-1, Math.min(1, sample));
    view.setInt16(at, Math.round(clipped * 32767), true);
    at += 2;
  }
  return view;
}

async function openMicrophone(onBlock) {
  if (!navigator.mediaDevices || !window.AudioWorkletNode) throw Object.assign(new Error(), { name: "Insecure" });
  // Browsers "improve" speech unless told not to; the net was trained on plain recordings.
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const context = new AudioContext();
  const close = () => { stream.getTracks().forEach((track) => track.stop()); context.close(); };
  try {
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
    const tap = new AudioWorkletNode(context, "ser-tap");
    tap.port.onmessage = (event) => onBlock(event.data);
    // Connected to the destination although it plays nothing: an unconnected node is never asked for samples.
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination);
    await context.resume();
  } catch (error) { close(); throw error; }
  return { rate: context.sampleRate, close };
}

function renderRecorder({ model, el }) {
  el.classList.add("ser-recorder");
  el.innerHTML = `<fieldset><legend>Record</legend>
    <div class="ser-row">
      <button type="button" class="ser-record">Record</button>
      <button type="button" class="ser-stop" disabled>Stop</button>
      <button type="button" class="ser-play" disabled>Play back</button>
    </div>
    <div class="ser-row"><meter min="0" max="1" low="0.03" high="0.97" optimum="0.3" value="0" aria-label="Input level"></meter>
      <span class="ser-left"></span></div>
    <p role="status"></p></fieldset>`;
  // Or JupyterLab takes the keys: "b" on a button would add a cell. It asks the focused element itself.
  for (const button of el.querySelectorAll("button")) button.dataset.lmSuppressShortcuts = "true";
  const find = (name) => el.querySelector(name);
  const [record, stop, play] = [find(".ser-record"), find(".ser-stop"), find(".ser-play")];
  const [meter, left, status] = [find("meter"), find(".ser-left"), find("p")];
  const player = new Audio();
  let microphone = null, blocks = [], samples = 0, loudest = 0, opening = false, gone = false;

  const say = (message, bad = false) => { status.textContent = message; status.classList.toggle("ser-bad", bad); };
  const showLeft = (seconds) => { left.textContent = `${Math.max(0, seconds).toFixed(1)} s left`; };
  const showLimit = () => { left.textContent = `up to ${model.get("seconds")} s`; };
  const buttons = () => {
    record.disabled = opening || microphone !== null;
    stop.disabled = microphone === null;
    el.classList.toggle("ser-on", microphone !== null);
    play.disabled = microphone !== null || !player.src;
    play.textContent = player.paused ? "Play back" : "Stop playing";
  };

  function onBlock(block) {
    if (!microphone) return;
    blocks.push(block);
    samples += block.length;
    const peak = block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    loudest = Math.max(loudest, peak);
    meter.value = peak;
    meter.title = `peak ${peak.toFixed(2)} of 1`;
    showLeft(model.get("seconds") - samples / microphone.rate);
    if (samples >= model.get("seconds") * microphone.rate) finish();
  }

  async function start() {
    player.pause();
    opening = true; blocks = []; samples = 0; loudest = 0;
    buttons(); say("Waiting for the microphone ...");
    try {
      const opened = await openMicrophone(onBlock);
      if (gone) { opened.close(); return; }
      microphone = opened;
      opening = false;
      showLeft(model.get("seconds"));
      buttons(); stop.focus();
      say("Recording. Speak now; Stop ends it early.");
    } catch (error) {
      opening = false; microphone = null;
      buttons();
      say(MESSAGES[error.name] || `The microphone did not start (${error.name}): upload a file instead.`, true);
    }
  }

  function finish() {
    const rate = microphone.rate;
    microphone.close(); microphone = null;
    meter.value = 0;
    showLimit();
    if (samples === 0) { buttons(); record.focus(); say("No sound arrived: check the microphone and press Record again.", true); return; }
    const wav = toWav(blocks, rate);
    if (player.src) URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
    model.send({ kind: "recording", rate, seconds: samples / rate }, undefined, [wav.buffer]);
    buttons(); record.focus();
    const quiet = loudest < 0.01 ? " It is nearly silent: is the microphone muted?" : "";
    say(`Recorded ${(samples / rate).toFixed(1)} s, in memory only.${quiet}`);
    blocks = [];
  }

  record.addEventListener("click", start);
  stop.addEventListener("click", () => microphone && finish());
  play.addEventListener("click", () => { if (player.paused) { player.currentTime = 0; player.play(); } else player.pause(); });
  for (const name of ["play", "pause", "ended"]) player.addEventListener(name, buttons);
  model.on("change:seconds", showLimit);
  showLimit();
  say("Nothing is recorded until you press Record. The sound stays in this computer's memory.");

  return () => {
    gone = true;
    model.off("change:seconds", showLimit);
    if (microphone) microphone.close();
    player.pause();
    if (player.src) URL.revokeObjectURL(player.src);
  };
}
