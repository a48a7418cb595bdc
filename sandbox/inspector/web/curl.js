// A request as a command line, with $TOKEN or $KEY where the secret was.

const LEFT_OUT = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept"]);

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(entry) {
  const parts = [`curl -X ${entry.method} ${address(entry)}`];
  const { headers = [], json, files } = entry.request ?? {};
  const form = Boolean(files);
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (LEFT_OUT.has(lower) || lower.startsWith("sec-") || lower.startsWith("x-stainless")) continue;
    if (lower === "authorization") {
      const secret = entry.kind === "openai" ? "Bearer $KEY" : "Bot $TOKEN";
      parts.push(`-H "Authorization: ${secret}"`);
    } else if (lower !== "content-type" || !form) {
      parts.push(`-H ${quoted(`${name}: ${value}`)}`);
    }
  }
  if (form) parts.push(...fields(entry.kind, json, files));
  else if (json !== undefined) parts.push(`--data-raw ${quoted(JSON.stringify(json))}`);
  return parts.join(" \\\n  ");
}

// The token of an interaction stands in the path: a placeholder of the shell, outside of quotes.
function address(entry) {
  const url = location.origin + entry.url;
  const cut = url.match(/^(.*\/(?:interactions|webhooks)\/\d+\/)[^/?]+(.*)$/);
  return cut ? `${quoted(cut[1])}"$INTERACTION_TOKEN"${quoted(cut[2])}` : quoted(url);
}

function fields(kind, json, files) {
  const found = [];
  if (kind === "openai") {
    for (const [name, value] of Object.entries(json ?? {})) {
      for (const one of [value].flat()) found.push(`-F ${quoted(`${name}=${typeof one === "string" ? one : JSON.stringify(one)}`)}`);
    }
  } else if (json !== undefined) {
    found.push(`-F ${quoted(`payload_json=${JSON.stringify(json)};type=application/json`)}`);
  }
  files.forEach(({ field, name, type }, at) => {
    const of = type ? `;type=${type}` : "";
    found.push(`-F ${quoted(`${field ?? `files[${at}]`}=@${name}${of}`)}`);
  });
  return found;
}
