/* The page 手机推送: asks the browser for permission, gives its subscription to the bank, or takes it back. */
(function () {
  "use strict";

  const box = document.getElementById("push");
  if (!box) return;

  function say(name) {
    for (const part of box.querySelectorAll("[data-push-says]")) part.hidden = part.dataset.pushSays !== name;
  }

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  function post(url, body) {
    const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body: body }).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
    });
  }

  async function allow() {
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    const worker = await navigator.serviceWorker.register(box.dataset.worker);
    await navigator.serviceWorker.ready;
    const given = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) });
    await post(box.dataset.subscribe, JSON.stringify(given));
    say("on");
  }

  async function stop() {
    const worker = await navigator.serviceWorker.getRegistration(box.dataset.worker);
    const given = worker && (await worker.pushManager.getSubscription());
    if (given) await given.unsubscribe();
    await post(box.dataset.stop, "");
    say("off");
  }

  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return say("never");
  for (const [name, work] of [["allow", allow], ["stop", stop]]) {
    for (const button of box.querySelectorAll("[data-push-" + name + "]")) {
      button.addEventListener("click", () => {
        button.disabled = true;
        work().catch(() => say("failed")).finally(() => { button.disabled = false; });
      });
    }
  }
})();
