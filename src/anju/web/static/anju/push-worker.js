/* Service worker: shows a notice that was pushed, and tells the bank when it was shown and when it was opened.
   The token it shows speaks for this one message only. */
"use strict";

function tell(told, what) {
  return fetch(told.hook, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ seen: told.seen, what: what }),
  }).catch(() => undefined);
}

self.addEventListener("push", (event) => {
  let told = null;
  try {
    told = event.data.json();
  } catch {
    return;
  }
  const shown = self.registration.showNotification(told.title, { body: told.body, tag: told.key, data: told });
  event.waitUntil(shown.then(() => tell(told, "shown")));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(Promise.all([tell(event.notification.data, "opened"), self.clients.openWindow("/notices/")]));
});
