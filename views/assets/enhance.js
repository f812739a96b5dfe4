// Everything works without this file; it only makes some things handier.
for (const button of document.querySelectorAll('[data-copy]')) {
  const text = document.getElementById(button.dataset.copy)
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.value)
      button.textContent = button.dataset.copied
    } catch {
      text.focus()
      text.select()
      button.textContent = button.dataset.refused
    }
  })
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

for (const form of document.querySelectorAll('[data-upload]')) tellProgress(form)

/** Shows how much of a form's files is sent; what comes back is shown as if the browser had sent it. */
function tellProgress(form) {
  form.addEventListener('submit', event => {
    event.preventDefault()
    const [status, button] = [form.querySelector('[data-status]'), form.querySelector('button')]
    const [bar, words] = [status.querySelector('progress'), status.querySelector('span')]
    const request = new XMLHttpRequest()
    request.open('POST', form.action)
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.value = (100 * loaded) / total
      words.textContent = loaded < total ? `${Math.floor(bar.value)} %` : form.dataset.sent
    })
    request.addEventListener('load', () => {
      if (request.status < 400) location.assign(request.responseURL)
      else showInstead(request.responseText)
    })
    request.addEventListener('error', () => {
      words.textContent = form.dataset.failed
      button.disabled = false
    })
    status.hidden = false
    button.disabled = true
    request.send(new FormData(form))
  })
}

for (const form of document.querySelectorAll('[data-preview]')) previewWhileTyping(form)

/** Shows a text as it will read, half a second after the last key; what was asked for before no longer counts. */
function previewWhileTyping(form) {
  const status = form.querySelector('[data-status]')
  const say = text => {
    if (status && status.textContent !== text) status.textContent = text
  }
  let timer
  let asked
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(show, 500)
  })
  async function show() {
    asked?.abort()
    asked = new AbortController()
    const { signal } = asked
    try {
      const body = new URLSearchParams(new FormData(form))
      const answer = await fetch(form.dataset.preview, { method: 'POST', body, signal, redirect: 'error' })
      const fresh = new DOMParser()
        .parseFromString(await answer.text(), 'text/html')
        .getElementById('previews')
      if (!answer.ok || !fresh) throw new Error(`${answer.status}`)
      const wrong = [...fresh.querySelectorAll('.wrong li')].map(item => item.textContent)
      document.getElementById('previews').replaceWith(fresh)
      say(wrong.length > 0 ? wrong.join(' ') : form.dataset.shown)
    } catch {
      if (!signal.aborted) say(form.dataset.failed)
    }
  }
}

for (const form of document.querySelectorAll('[data-leave]')) {
  let changed = form.dataset.leave === 'changed'
  form.addEventListener('input', () => {
    changed = true
  })
  form.addEventListener('submit', () => {
    changed = false
  })
  // The browser asks in its own words.
  window.addEventListener('beforeunload', event => {
    if (changed) event.preventDefault()
  })
}

function showInstead(html) {
  const main = new DOMParser().parseFromString(html, 'text/html').querySelector('main')
  document.querySelector('main').replaceWith(main)
  for (const form of main.querySelectorAll('[data-upload]')) tellProgress(form)
  main.querySelector('[data-focus]')?.focus()
}

if (document.querySelector('[data-poll]')) followPage()

/** Looks every second for what is new in a part of the page, as long as there is something to wait for. */
async function followPage() {
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const part = document.querySelector('[data-poll]')
    if (!part) return
    try {
      const answer = await fetch(location.href)
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.getElementById(part.id)
      if (fresh) part.replaceWith(fresh)
      else if (answer.ok) location.reload()
    } catch {
      // The server is away for a moment.
    }
  }
}

document.querySelector('[data-focus]')?.focus()

// What changes all the time: what the server sends is put in place of what is there.
for (const place of document.querySelectorAll('[data-events]')) {
  const button = document.querySelector(`[data-pause="${place.id}"]`)
  const [pause, { resume }] = [button.textContent, button.dataset]
  let source = follow(place)
  button.hidden = false
  button.addEventListener('click', () => {
    const paused = source.readyState === EventSource.CLOSED
    if (paused) source = follow(place)
    else source.close()
    button.textContent = paused ? pause : resume
  })
}

function follow(place) {
  const source = new EventSource(place.dataset.events)
  const ended = document.getElementById(place.dataset.ended)
  source.addEventListener('message', ({ data }) => {
    ended.hidden = true
    replace(place, data)
  })
  source.addEventListener('over', () => {
    source.close()
    ended.hidden = false
  })
  // Said aloud only when it changes; what is replaced all the time is not.
  source.addEventListener('status', ({ data }) => {
    const status = document.getElementById(place.dataset.status)
    if (status.textContent !== data) status.textContent = data
  })
  source.addEventListener('done', () => {
    source.close()
    for (const part of document.querySelectorAll(`[data-while="${place.id}"]`)) part.hidden = true
  })
  source.addEventListener('error', () => {
    ended.hidden = source.readyState !== EventSource.CLOSED
  })
  return source
}

/** Tables stay open, and the focus stays where it is. */
function replace(place, html) {
  const open = [...place.querySelectorAll('details[open]')].map(({ id }) => id)
  const focused = place.contains(document.activeElement) && document.activeElement.closest('details')?.id
  place.innerHTML = html
  const { state } = place.querySelector('[data-state]')?.dataset ?? {}
  for (const part of document.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused) document.getElementById(focused)?.querySelector('summary').focus({ preventScroll: true })
}
