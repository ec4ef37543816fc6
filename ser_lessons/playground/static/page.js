// Shows what Python worked out and tells it what was touched; it decides nothing. Follows recorder.js in one file.

const MEDIA = { wave: "image/png", mel: "image/png", before: "audio/wav", after: "audio/wav" };

let pages = 0;

function renderPage({ model, el }) {
  el.classList.add("ser-playground");
  el.innerHTML = model.get("html").replaceAll('"ID-', `"ser-${++pages}-`);
  const all = (selector) => [...el.querySelectorAll(selector)];
  const controls = all("input, select");
  const closers = all("[data-recorder]").map((slot) => renderRecorder({ model, el: slot }));
  const shown = {}, urls = {};

  // Or JupyterLab takes the keys: "b" in a choice would add a cell. It asks the focused element itself.
  el.addEventListener("focusin", (event) => { event.target.dataset.lmSuppressShortcuts = "true"; });

  function sayValue(slider) {
    const text = slider.dataset.texts.split("|")[slider.value];
    slider.nextElementSibling.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  async function upload(picker) {
    const file = picker.files[0], largest = Number(picker.dataset.largest), note = picker.closest("fieldset").querySelector("[role=status]");
    const tooLarge = file && file.size > largest;
    note.textContent = tooLarge ? `${file.name} has ${Math.round(file.size / 1e6)} MB: cut it to a few seconds (at most ${largest / 1e6} MB).` : "";
    if (file && !tooLarge) model.send({ kind: "file", filename: file.name }, undefined, [await file.arrayBuffer()]);
  }

  el.addEventListener("input", ({ target }) => { if (target.type === "range") sayValue(target); });
  el.addEventListener("change", ({ target }) => {
    if (target.type === "file") return upload(target);
    if (!controls.includes(target)) return;
    const value = target.type === "range" ? Number(target.value) : target.type === "checkbox" ? target.checked : target.value;
    model.set("values", { ...model.get("values"), [target.name]: value });
    model.save_changes();
  });
  el.addEventListener("click", ({ target }) => {
    if (target.type === "file") target.value = ""; // so that the same file can be chosen again
    if (target.type === "button" && target.name) model.send({ kind: "press", name: target.name });
    if (target.closest(".ser-timeline button")) model.send({ kind: "window", number: Number(target.value) });
  });

  function showControls() {
    const values = model.get("values"), locked = model.get("locked");
    for (const control of controls) {
      if (control.type === "checkbox") control.checked = Boolean(values[control.name]);
      else if (control.type !== "file") control.value = values[control.name] ?? "";
      else if (!values.upload) control.value = ""; // another sound is on the screen
      if (control.type === "range") sayValue(control);
    }
    for (const control of all("[name]")) control.disabled = locked.includes(control.name);
  }

  function showRegions() {
    const regions = model.get("regions");
    for (const region of all("[data-region]")) {
      const name = region.dataset.region, html = regions[name] ?? "";
      if (shown[name] === html) continue;
      region.innerHTML = shown[name] = html;
      if (region.name) region.value = model.get("values")[region.name] ?? "";
    }
    for (const image of all("[data-alt]")) image.alt = el.querySelector(`[data-region=${image.dataset.alt}]`).textContent;
  }

  function showMedia() {
    return Promise.all(all("[data-media]").map((media) => {
      const name = media.dataset.media, bytes = model.get(name);
      if (!bytes || !bytes.byteLength || shown[name] === bytes) return null;
      shown[name] = bytes;
      if (urls[name]) URL.revokeObjectURL(urls[name]);
      media.src = urls[name] = URL.createObjectURL(new Blob([bytes], { type: MEDIA[name] }));
      return media.decode ? media.decode().catch(() => {}) : null;
    }));
  }

  // The serial number is shown only when every picture is decoded: what a learner can see, a test can wait for.
  async function show() {
    const serial = model.get("serial");
    showRegions();
    await showMedia();
    if (Number(el.dataset.serial || 0) < serial) el.dataset.serial = serial;
  }

  function obey(message) {
    if (message.kind === "play") all("audio")[0].play().catch(() => {});
    if (message.kind !== "download") return;
    const href = URL.createObjectURL(new Blob([message.text], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { download: message.filename, href }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  const events = { "change:serial": show, "change:values": showControls, "change:locked": showControls, "msg:custom": obey };
  for (const [name, handler] of Object.entries(events)) model.on(name, handler);
  show();
  showControls();
  model.send({ kind: "hello" }); // what came while the page was loading is lost: Python tells everything again
  return () => {
    for (const [name, handler] of Object.entries(events)) model.off(name, handler);
    for (const close of closers) close();
    for (const url of Object.values(urls)) URL.revokeObjectURL(url);
  };
}

export default { render: renderPage };
