// A button beside what is there to be copied, where the browser lets pages write to the clipboard.

if (navigator.clipboard) {
  for (const line of document.querySelectorAll("[data-copy]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: line.dataset.copy });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(line.querySelector("code").textContent);
      button.textContent = line.dataset.copied;
      setTimeout(() => { button.textContent = line.dataset.copy; }, 2000);
    });
    line.append(button);
  }
}
