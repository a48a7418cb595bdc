// The inspector on a page of its own.

import { mount } from "/sandbox/inspector.js";

const token = new URLSearchParams(location.search).get("token") ?? "";
mount(document.getElementById("inspector"), { token });
