// Makes the pages installable; they work without it.
"use strict";

if ("serviceWorker" in navigator) navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/my/" });
