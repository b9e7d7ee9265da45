/* Videos of one group play in step: one button, one slider, and whoever falls behind is brought along. Without this each
   has the browser's own buttons. A file of its own, which only pages with videos load. */

/* Further apart than this they are set together at once; from so much on, one plays slower or faster. In seconds. */
const APART = 0.15, NOTICED = 0.015;

/* A frame's length where the page tells neither that nor when each begins. */
const STEP = 0.04;

const limited = (low, value, high) => Math.max(low, Math.min(value, high));

function together(group) {
  const videos = [...group.querySelectorAll("video")], bar = group.querySelector(".play-bar");
  const [button, slider, told] = bar.children;
  const step = +group.dataset.step || STEP, start = +group.dataset.start;
  /* When each frame begins, where they are not all equally long. */
  const stamps = (group.dataset.stamps || "").split(" ").filter(Boolean).map(Number);
  const frames = [...document.querySelectorAll("a[data-at]")];
  let usable = [], playing = false, current, next;

  /* The longest: nothing of it is to be cut off. */
  const first = () => usable.reduce((a, b) => b.duration > a.duration ? b : a);

  function seek(seconds) {
    for (const video of usable) video.currentTime = limited(0, seconds, video.duration);
    show(seconds);
  }

  const begins = number => stamps.length ? stamps[number - 1] ?? first().duration : start + (number - 1) * step;

  /* In the middle of a frame's time, as the moment at which it begins may still show the one before. */
  const middle = number => (begins(number) + begins(number + 1)) / 2;

  const frameAt = seconds => stamps.length ? stamps.filter(at => at < seconds + 0.001).length
    : Math.floor((seconds - start) / step + 0.01) + 1;

  function show(seconds) {
    const number = limited(1, frameAt(seconds), +slider.max);
    const text = group.dataset.step || stamps.length ? `frame ${number} of ${slider.max}, ${begins(number).toFixed(2)} s`
      : `${seconds.toFixed(2)} s`;
    slider.value = number;
    slider.setAttribute("aria-valuetext", text);
    told.textContent = text;
    const places = frames.map(frame => +frame.dataset.at), latest = Math.max(...places.filter(at => frameAt(at) <= number));
    if (latest === current) return;
    current = latest;
    frames.forEach((frame, k) => frame.toggleAttribute("aria-current", places[k] === latest));
  }

  function follow() {
    if (!playing) return;
    const leader = first();
    for (const video of usable) {
      const apart = video.currentTime - leader.currentTime;
      if (video === leader || video.seeking || leader.currentTime >= video.duration) continue;
      if (Math.abs(apart) > APART) video.currentTime = leader.currentTime;
      video.playbackRate = Math.abs(apart) > NOTICED ? limited(0.8, 1 - 2 * apart, 1.2) : 1;
    }
    show(leader.currentTime);
    /* One at a time, however often they begin again. */
    cancelAnimationFrame(next);
    next = requestAnimationFrame(follow);
  }

  function play() {
    playing = true;
    button.textContent = "Pause";
    const leader = first();
    seek(leader.ended ? 0 : leader.currentTime);
    Promise.all(usable.map(video => video.play())).then(follow, pause);
  }

  function pause() {
    playing = false;
    button.textContent = "Play";
    for (const video of usable) {
      video.pause();
      video.playbackRate = 1;
    }
    if (usable.length) show(first().currentTime);
  }

  const toggle = () => playing ? pause() : play();

  /* One more can be played. What has no end that is known cannot be played in step, and keeps its own buttons. */
  function take(video) {
    if (usable.includes(video) || !isFinite(video.duration)) return;
    usable = videos.filter(other => other === video || usable.includes(other));
    video.controls = video.loop = false;
    /* They have one sound between them. */
    usable.forEach((other, k) => other.muted = k > 0);
    slider.max = stamps.length || Math.max(1, Math.round((first().duration - start) / step));
    bar.hidden = false;
    group.querySelector("[data-alone]").hidden = true;
    group.classList.add("in-step");
    /* Its first frame in the place of the picture that stood for it. */
    video.currentTime = middle(1);
    show(middle(1));
    video.onclick = toggle;
    video.onended = () => playing && video === first() && play();
    /* Keys of the keyboard and the system stop one of them alone. Word of it may come when it plays again. */
    video.onpause = () => playing && video.paused && !video.ended && pause();
  }

  function giveUp(video) {
    video.controls = false;
    video.closest("figure").querySelector(".unplayed").hidden = false;
  }

  for (const video of videos) {
    video.onloadedmetadata = () => take(video);
    for (const one of [video, ...video.querySelectorAll("source")]) one.onerror = () => giveUp(video);
    if (video.readyState > 0) take(video);
    /* It has failed before anybody listened, or not begun: either way it is to be heard of. */
    else if (video.networkState === video.NETWORK_NO_SOURCE) video.load();
  }

  button.onclick = toggle;
  slider.oninput = () => {
    const seconds = middle(+slider.value);
    pause();
    seek(seconds);
  };
  for (const frame of frames) {
    frame.onclick = event => {
      if (!usable.length || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      pause();
      seek(+frame.dataset.at);
      group.scrollIntoView({ block: "nearest" });
    };
  }
}

for (const group of document.querySelectorAll("[data-players]")) together(group);
