// Shows what Python worked out: answer, bars, pictures with descriptions, players, history. It decides nothing.

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  // Or JupyterLab takes the keys: "b" in a choice would add a cell. It asks the focused element itself, not what is around it.
  element.dataset.lmSuppressShortcuts = "true";
  element.append(...children);
  return element;
}

const bytesOf = (view) => (view && view.byteLength ? view : null);

function render({ model, el }) {
  el.classList.add("ser-screen");
  const urls = {};
  const address = (key, bytes, type) => {
    if (urls[key]) URL.revokeObjectURL(urls[key]);
    urls[key] = URL.createObjectURL(new Blob([bytes], { type }));
    return urls[key];
  };

  const progressText = make("span", { id: "" });
  const progress = make("progress", { max: 1 });
  progress.setAttribute("aria-label", "Loading the net");
  const loading = make("div", { className: "ser-loading" }, progress, progressText);
  const error = make("p", { className: "ser-error" });
  error.setAttribute("role", "alert");
  const subject = make("p", { className: "ser-subject" });
  const headline = make("p", { className: "ser-headline" }, make("strong"), make("span"), make("em"));
  headline.setAttribute("role", "status");
  const score = make("p", { className: "ser-score" });
  score.setAttribute("role", "status");
  const warnings = make("ul", { className: "ser-warnings" });
  warnings.setAttribute("aria-label", "Warnings");
  const bars = make("table", { className: "ser-bars" });
  const answer = make("div", { className: "ser-answer" }, headline, score, bars, warnings);
  const pictures = make("div", { className: "ser-pictures" });
  const players = make("div", { className: "ser-players" });
  const history = make("div", { className: "ser-history" });
  el.append(loading, error, subject, make("div", { className: "ser-stage" }, make("div", { className: "ser-seen" }, players, pictures), answer), history);

  function showProgress() {
    const { value, text } = model.get("progress");
    loading.hidden = value >= 1 && !text;
    progress.value = value;
    progress.hidden = value >= 1;
    progressText.textContent = text;
  }

  function showText() {
    subject.textContent = model.get("subject");
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
    const parts = model.get("headline").match(/^([^:]*)(: |)(.*)$/).slice(1);  // large, heard but not seen, below it
    parts.forEach((text, i) => { headline.children[i].textContent = text; });
    headline.hidden = !parts[0];
    answer.classList.toggle("ser-unsure", model.get("unsure"));
    warnings.replaceChildren(...model.get("warnings").map((text) => make("li", { textContent: text })));
    warnings.hidden = model.get("warnings").length === 0;
    score.textContent = model.get("score");
    score.hidden = !model.get("score");
  }

  function showBars() {
    const rows = model.get("bars");
    bars.hidden = rows.length === 0;
    if (!rows.length) { bars.replaceChildren(); return; }
    const threshold = model.get("threshold");
    const body = make("tbody");
    for (const row of rows) {
      const bar = make("span", { className: "ser-bar" });
      bar.style.width = `${row.percent}%`;
      bar.style.backgroundColor = row.color;
      const track = make("span", { className: "ser-track" }, bar);
      const mark = make("span", { className: "ser-threshold" });
      mark.style.left = `${threshold}%`;
      track.append(mark);
      track.setAttribute("aria-hidden", "true");
      const moved = Math.abs(row.move) < 0.5 ? "" : `${row.move > 0 ? "▲ +" : "▼ −"}${Math.abs(row.move).toFixed(0)}`;
      const line = make("tr", { className: row.rank <= 2 ? `ser-top ser-rank-${row.rank}` : "" },
        make("th", { scope: "row", textContent: `${row.rank <= 2 ? `${row.rank}. ` : ""}${row.label}` }),
        make("td", { className: "ser-cell" }, track),
        make("td", { className: "ser-percent", textContent: `${row.percent.toFixed(0)}%` }),
        make("td", { className: "ser-move", textContent: moved }));
      line.dataset.label = row.label;
      line.dataset.percent = row.percent;
      body.append(line);
    }
    const head = make("thead", {}, make("tr", {}, ...["emotion", "probability", "%", "change"].map((text) => make("th", { scope: "col", textContent: text }))));
    bars.replaceChildren(make("caption", { textContent: model.get("bars_caption") }), head, body);
  }

  // One figure a picture, kept: only its source and its words change, so the page never jumps.
  function showPictures() {
    const wanted = model.get("pictures");
    pictures.hidden = wanted.length === 0;
    while (pictures.children.length > wanted.length) pictures.lastChild.remove();
    const waits = wanted.map((picture, i) => {
      if (!pictures.children[i])
        pictures.append(make("figure", {}, make("img", {}), make("figcaption", {},
          make("span", { className: "ser-title" }), make("details", {}, make("summary", { textContent: "Describe" }), make("p")))));
      const figure = pictures.children[i];
      const image = figure.querySelector("img");
      image.alt = picture.alt;
      figure.querySelector(".ser-title").textContent = picture.title;
      figure.querySelector("summary").setAttribute("aria-label", `Describe: ${picture.title}`);
      figure.querySelector("details p").textContent = picture.alt;
      if (!bytesOf(picture.png)) return null;
      image.src = address(`picture-${picture.name}`, picture.png, "image/png");
      return image.decode().catch(() => {});
    });
    return Promise.all(waits);
  }

  function showPlayers() {
    const wanted = model.get("sounds");
    players.hidden = wanted.length === 0;
    while (players.children.length > wanted.length) players.lastChild.remove();
    wanted.forEach((sound, i) => {
      if (!players.children[i])
        players.append(make("div", { className: "ser-player" }, make("span"), make("audio", { controls: true, preload: "metadata" })));
      const player = players.children[i];
      player.querySelector("span").textContent = sound.title;
      const audio = player.querySelector("audio");
      audio.setAttribute("aria-label", sound.title);
      if (bytesOf(sound.wav)) audio.src = address(`sound-${sound.name}`, sound.wav, "audio/wav");
    });
  }

  function showHistory() {
    const rows = model.get("history");
    history.hidden = rows.length === 0;
    if (!rows.length) { history.replaceChildren(); return; }
    const names = Object.keys(rows[0]);
    const table = make("table", {},
      make("caption", { textContent: "What was tried" }),
      make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { scope: "col", textContent: name })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...names.map((name) => make("td", { textContent: row[name] }))))));
    const scroller = make("div", { className: "ser-scroll", tabIndex: 0 }, table);
    scroller.setAttribute("role", "region");
    scroller.setAttribute("aria-label", "History");
    history.replaceChildren(scroller, make("p", { className: "ser-note", textContent: model.get("history_caption") }));
  }

  // The serial number is shown only when every picture is decoded: what a learner can see, a test can wait for.
  async function showSerial() {
    const serial = model.get("serial");
    await Promise.resolve(drawn);
    if (Number(el.dataset.serial || 0) < serial) el.dataset.serial = serial;
  }

  function download(message) {
    if (message.kind !== "download") return;
    const link = make("a", { download: message.filename, href: URL.createObjectURL(new Blob([message.text], { type: "text/csv" })) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  let drawn = null;
  const parts = {
    progress: showProgress,
    subject: showText, error: showText, headline: showText, unsure: showText, warnings: showText, score: showText,
    bars: showBars, threshold: showBars, bars_caption: showBars,
    pictures: () => { drawn = showPictures(); },
    sounds: showPlayers, history: showHistory, history_caption: showHistory, serial: showSerial,
  };
  for (const show of new Set(Object.values(parts))) show();
  for (const [name, show] of Object.entries(parts)) model.on(`change:${name}`, show);
  model.on("msg:custom", download);
  model.send({ kind: "hello" });
  return () => {
    for (const [name, show] of Object.entries(parts)) model.off(`change:${name}`, show);
    model.off("msg:custom", download);
    for (const url of Object.values(urls)) URL.revokeObjectURL(url);
  };
}

export default { render };
