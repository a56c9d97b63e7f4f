// A passkey is made or used: the browser asks its owner, and the form carries what the device signed. Without passkeys the form stays hidden.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Called once for each such form of the page. */
export function start(form) {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    ask(form);
  });
}

async function ask(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  const button = form.querySelector("button");
  failed.hidden = true;
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.options, { headers: { accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const options = await answer.json();
    const credential = form.dataset.passkey === "create" ? await create(options) : await get(options);
    form.elements.credential.value = JSON.stringify(credential);
    button.disabled = false;
    form.requestSubmit();
  } catch {
    failed.hidden = false;
    button.disabled = false;
  }
}

async function create(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map((known) => ({ ...known, id: bytes(known.id) })),
  };
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  return sent(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

async function get(options) {
  const used = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge) } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  return sent(used, {
    clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const sent = (credential, response) => ({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
