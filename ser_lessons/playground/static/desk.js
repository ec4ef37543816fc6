// A desk of native controls: fieldsets of sliders, choices, checks, buttons and file pickers, all labelled.
// Native elements bring keyboard and screen-reader behavior that ipywidgets' sliders lack (their handles have no name).

let desks = 0;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  // Or JupyterLab takes the keys: "b" in a choice would add a cell. It asks the focused element itself, not what is around it.
  element.dataset.lmSuppressShortcuts = "true";
  element.append(...children);
  return element;
}

function render({ model, el }) {
  const prefix = `ser-desk-${++desks}`;
  const updates = {};
  el.classList.add("ser-desk");

  const set = (name, value) => {
    model.set("values", { ...model.get("values"), [name]: value });
    model.save_changes();
  };
  const value = (name) => model.get("values")[name];

  const makers = {
    slider(control, id) {
      const input = make("input", { type: "range", id, min: 0, max: control.texts.length - 1, step: 1 });
      const output = make("output", { className: "ser-value" });
      output.htmlFor = id;
      const show = () => {
        output.textContent = control.texts[input.value];
        input.setAttribute("aria-valuetext", control.texts[input.value]);
      };
      input.addEventListener("input", show);
      input.addEventListener("change", () => set(control.name, Number(input.value)));
      updates[control.name] = () => { input.value = value(control.name); show(); };
      return [make("label", { htmlFor: id, textContent: control.label }), input, output];
    },
    choice(control, id) {
      const select = make("select", { id });
      select.addEventListener("change", () => set(control.name, select.value));
      updates[control.name] = () => {
        const texts = model.get("choices")[control.name] || [];
        if (texts.join("|") !== [...select.options].map((option) => option.value).join("|"))
          select.replaceChildren(...texts.map((text) => make("option", { value: text, textContent: text })));
        select.value = value(control.name);
        select.disabled = model.get("locked").includes(control.name);
      };
      return [make("label", { htmlFor: id, textContent: control.label }), select];
    },
    check(control, id) {
      const input = make("input", { type: "checkbox", id });
      input.addEventListener("change", () => set(control.name, input.checked));
      updates[control.name] = () => {
        input.checked = Boolean(value(control.name));
        input.disabled = model.get("locked").includes(control.name);
      };
      return [make("span", { className: "ser-check" }, input, make("label", { htmlFor: id, textContent: control.label }))];
    },
    button(control, id) {
      const button = make("button", { type: "button", id, textContent: control.label });
      button.addEventListener("click", () => model.send({ kind: "press", name: control.name }));
      updates[control.name] = () => { button.disabled = model.get("locked").includes(control.name); };
      return [button];
    },
    file(control, id) {
      const input = make("input", { type: "file", id, accept: control.accept });
      const status = make("span", { className: "ser-file-note" });
      status.setAttribute("role", "status");
      input.addEventListener("change", async () => {
        const file = input.files[0];
        status.textContent = "";
        if (!file) return;
        if (file.size > control.largest)
          status.textContent = `${file.name} has ${Math.round(file.size / 1e6)} MB: cut it to a few seconds (at most ${control.largest / 1e6} MB).`;
        else model.send({ kind: "file", name: control.name, filename: file.name }, undefined, [await file.arrayBuffer()]);
      });
      input.addEventListener("click", () => { input.value = ""; }); // so that the same file can be chosen again
      updates[control.name] = () => { if (!value(control.name)) input.value = ""; }; // another sound is on the screen
      return [make("label", { htmlFor: id, textContent: control.label }), input, status];
    },
  };

  for (const group of model.get("spec")) {
    const set_ = make("fieldset", { className: `ser-group ser-group-${group.layout || "rows"}` }, make("legend", { textContent: group.legend }));
    for (const control of group.controls) {
      const row = make("div", { className: `ser-row ser-${control.kind}` }, ...makers[control.kind](control, `${prefix}-${control.name}`));
      row.dataset.control = control.name;
      set_.append(row);
    }
    el.append(set_);
  }

  const refresh = () => { for (const update of Object.values(updates)) update(); };
  refresh();
  const events = ["change:values", "change:choices", "change:locked"];
  for (const name of events) model.on(name, refresh);
  model.send({ kind: "hello" });
  return () => { for (const name of events) model.off(name, refresh); };
}

export default { render };
