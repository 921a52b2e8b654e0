// Keeps one page for when there is no network, and nothing about anybody: every other page comes from the network only.
"use strict";

const KEPT = "jinxiu-my-1";
const OFFLINE = "{offline}";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([OFFLINE, "{look}"])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = (names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forget).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  } else if (new URL(event.request.url).pathname === "{look}") {
    event.respondWith(fetch(event.request).catch(() => caches.match("{look}")));
  }
});
