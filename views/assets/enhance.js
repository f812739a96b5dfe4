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
