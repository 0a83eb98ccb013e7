/* Draws every [data-chart] from the JSON beside it, in the colours of the page; drawn anew when those change.
   The JSON: {kind: "line"|"area"|"bar"|"stack", unit, decimals, x: [...], mark: index|null, markLabel, series: [{name, values, step}]}.
   Values are plain numbers in the unit; the exact figures stand in the table behind the chart. */
(function () {
  "use strict";
  const drawn = new Map();
  const MANY = 60; // bars thinner than this many blur: an area then, and the last date of the axis needs room

  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }
  function short(value) {
    const size = Math.abs(value);
    const lang = document.documentElement.lang;
    if (lang.startsWith("zh") && size >= 10000) return `${Math.round(value / 1000) / 10} 万`;
    return value.toLocaleString(lang, { maximumFractionDigits: size < 100 ? 2 : 0 });
  }
  const exact = (value, digits) => Number(value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });

  function tooltip(spec) {
    return (points) => {
      const box = document.createElement("div");
      const head = document.createElement("div");
      head.textContent = points[0].axisValueLabel;
      box.append(head);
      for (const point of points) {
        const line = document.createElement("div");
        line.textContent = `${point.seriesName} ${exact(point.value, spec.decimals)}${spec.unit}`;
        box.append(line);
      }
      return box;
    };
  }
  function barred(spec) {
    return (spec.kind === "bar" || spec.kind === "stack") && spec.x.length <= MANY;
  }
  function series(spec, palette) {
    const bars = barred(spec), filled = spec.kind === "stack" && !bars;
    return spec.series.map((one, index) => ({
      name: one.name, data: one.values, type: bars ? "bar" : "line", stack: spec.kind === "stack" ? "all" : undefined,
      step: one.step ? "end" : undefined, symbol: "none", barMaxWidth: 26, lineStyle: { width: filled ? 0 : 2.5 },
      areaStyle: filled ? { opacity: 1 } : spec.kind === "area" ? { opacity: 0.14 } : undefined,
      itemStyle: { color: palette[index % palette.length] },
      markLine: index === 0 && spec.mark !== null && spec.mark !== undefined ? {
        symbol: "none", silent: true, data: [{ xAxis: spec.mark }], lineStyle: { color: colour("--aj-muted"), type: "dashed" },
        label: { formatter: spec.markLabel, color: colour("--aj-muted") },
      } : undefined,
    }));
  }
  function options(spec) {
    const muted = colour("--aj-muted"), line = colour("--aj-line"), ink = colour("--aj-ink");
    const palette = ["--aj-chart-1", "--aj-chart-2", "--aj-chart-3"].map(colour);
    const font = getComputedStyle(document.body).fontFamily;
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 300, color: palette,
      textStyle: { fontFamily: font, color: ink }, grid: { left: 8, right: spec.x.length > MANY ? 36 : 16, top: spec.series.length > 1 ? 40 : 24, bottom: 4, outerBoundsMode: "same" },
      legend: spec.series.length > 1 ? { top: 0, left: 0, icon: "roundRect", itemHeight: 10, textStyle: { color: ink } } : undefined,
      tooltip: { trigger: "axis", confine: true, backgroundColor: colour("--aj-surface"), borderColor: line, textStyle: { color: ink }, formatter: tooltip(spec) },
      xAxis: { type: "category", data: spec.x, boundaryGap: barred(spec), axisLabel: { color: muted, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
      yAxis: { type: "value", scale: spec.unit === "%", axisLabel: { color: muted, formatter: short }, splitLine: { lineStyle: { color: line } }, splitNumber: 4 },
      series: series(spec, palette),
    };
  }
  function draw(place) {
    const data = document.getElementById(place.dataset.chart);
    if (!data || !window.echarts) return;
    let chart = drawn.get(place);
    if (!chart) {
      place.classList.add("is-drawn");
      place.append(document.createElement("div"));
      chart = window.echarts.init(place, null, { renderer: "svg", height: place.clientHeight || 272 });
      drawn.set(place, chart);
      new ResizeObserver(() => chart.resize()).observe(place);
    }
    chart.setOption(options(JSON.parse(data.textContent)), true);
  }
  function drawAll() {
    for (const place of drawn.keys()) if (!document.contains(place)) { drawn.get(place).dispose(); drawn.delete(place); }
    for (const place of document.querySelectorAll("[data-chart]")) draw(place);
  }
  drawAll();
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("anju:theme", drawAll);
})();
