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
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused) document.getElementById(focused)?.querySelector('summary').focus({ preventScroll: true })
}
