// What needs a script: the time left, counting down, and ten requests at the same time.

const ENDING = "The session ends within a minute, unless it is used."
const ENDED = "The session has ended, unless another tab used it. Reload to see."

const left = document.querySelector("#left")
if (left) {
  const end = Date.now() + Number(left.dataset.seconds) * 1000
  const status = document.querySelector("#left-status")
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000))
    left.textContent = clock(seconds)
    const message = seconds === 0 ? ENDED : seconds <= 60 ? ENDING : ""
    if (status.textContent !== message) status.textContent = message // each is read out once
  }
  setInterval(tick, 1000)
  tick()
}

function clock(seconds) {
  const days = Math.floor(seconds / 86_400)
  const time = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19)
  return days > 0 ? `${days} ${days === 1 ? "day" : "days"} ${time}` : time.replace(/^00:/, "")
}

for (const time of document.querySelectorAll("time"))
  time.textContent = new Date(time.dateTime).toLocaleString("en-GB", {
    dateStyle: "full",
    timeStyle: "medium",
  })

const parallel = document.querySelector("#parallel")
if (parallel) {
  const status = document.querySelector("#parallel-status")
  parallel.hidden = false
  parallel.addEventListener("click", async () => {
    status.textContent = "Counting …"
    status.textContent = await countTenTimes().catch(
      () => "That did not work. Reload the page and try again.",
    )
  })
}

async function countTenTimes() {
  const headers = { accept: "application/json" }
  const requests = Array.from({ length: 10 }, () => fetch("/myapp/visits", { method: "POST", headers }))
  const answers = await Promise.all((await Promise.all(requests)).map((response) => response.json()))
  const [first, ...others] = answers.sort((one, other) => one.visits - other.visits)
  const last = others.at(-1)
  document.querySelector("#visits").textContent = last.visits
  document.querySelector("#json").textContent = JSON.stringify(last, null, 2)
  return `Ten requests at once, ${last.visits - first.visits + 1} counted: from ${first.visits - 1} to ${last.visits}.`
}
