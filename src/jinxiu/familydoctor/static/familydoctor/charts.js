// Readings over time with the targets that applied then. The table beside each drawing says the same in words.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const SYMBOLS = ["circle", "rect", "diamond"];
  const LABELS_APART = 0.06; // of the drawing's width

  // A reading outside is told by shape and size, not by colour alone, and by its number where there is room for it.
  function point([day, value, isOutside], symbol, hasRoom) {
    if (!isOutside) return { value: [day, value], symbol, symbolSize: 8 };
    return {
      value: [day, value],
      symbol: "triangle",
      symbolSize: 13,
      itemStyle: { color: colour("--red") },
      label: { show: hasRoom, formatter: String(value), color: colour("--red"), position: "top", fontSize: 12 },
    };
  }

  // Numbers from the newest backwards, each a little apart from the next one; the table has them all.
  function withRoom(points, chart) {
    const apart = (Date.parse(chart.last) - Date.parse(chart.first)) * LABELS_APART;
    const kept = new Set();
    let next = Infinity;
    for (const [day, , isOutside] of [...points].reverse()) {
      if (!isOutside || next - Date.parse(day) < apart) continue;
      kept.add(day);
      next = Date.parse(day);
    }
    return kept;
  }

  function readings(series, index, chart) {
    const room = withRoom(series.points, chart);
    const line = [colour("--blue"), colour("--soft"), colour("--jade")][index];
    return {
      name: series.name,
      type: "line",
      data: series.points.map((one) => point(one, SYMBOLS[index], room.has(one[0]))),
      symbol: SYMBOLS[index],
      symbolSize: 8,
      lineStyle: { color: line, width: 2.5, type: index === 0 ? "solid" : [6, 3] },
      itemStyle: { color: line },
      z: 4,
    };
  }

  // Each step of a target is a dashed line; its number stands under its beginning, the last one's in the right margin.
  function limitLabel(value, isLast) {
    const place = isLast ? { position: "right", distance: 4 } : { position: "bottom", align: "left", distance: 3 };
    return { show: true, formatter: `<${value}`, color: colour("--jade"), fontSize: 12, ...place };
  }

  function target(target, index) {
    const last = target.steps.length - 1;
    const data = target.steps.flatMap(([start, end, value], step) => [
      { value: [start, value], label: step === last ? undefined : limitLabel(value, false) },
      { value: [end, value], label: step === last ? limitLabel(value, true) : undefined },
    ]);
    return {
      name: target.name,
      type: "line",
      data,
      symbol: "circle",
      symbolSize: 1,
      silent: true,
      lineStyle: { color: colour("--jade"), width: 1.5, type: [5, 4] },
      itemStyle: { color: colour("--jade") },
      areaStyle: index === 0 ? { color: colour("--jade-soft"), origin: "start", opacity: 0.8 } : undefined,
      z: 1,
    };
  }

  function danger(chart) {
    return {
      type: "line",
      data: [],
      silent: true,
      markLine: {
        silent: true,
        symbol: "none",
        lineStyle: { color: colour("--red"), type: "dotted", width: 1 },
        label: { formatter: ({ name, value }) => `▲ ${name} ${value}`, color: colour("--red"), position: "insideStartTop", fontSize: 11 },
        data: chart.dangers.map(({ name, value }) => ({ name, yAxis: value })),
      },
    };
  }

  function options(chart) {
    const axisText = { color: colour("--soft"), fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 44, top: 34, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, itemGap: 14, textStyle: { color: colour("--ink"), fontSize: 12 }, data: chart.series.map((one) => one.name) },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value} ${chart.unit}` },
      xAxis: {
        type: "time",
        min: chart.first,
        max: chart.last,
        axisLabel: { ...axisText, formatter: { year: "{yyyy}-{MM}", month: "{yyyy}-{MM}", day: "{MM}-{dd}" }, hideOverlap: true },
        axisLine: { lineStyle: { color: colour("--line-strong") } },
      },
      yAxis: { type: "value", min: chart.lowest, max: chart.highest, axisLabel: axisText, splitLine: { lineStyle: { color: colour("--line") } } },
      series: [...chart.targets.map(target), ...chart.series.map((series, index) => readings(series, index, chart)), danger(chart)],
    };
  }

  for (const place of document.querySelectorAll("[data-chart]")) {
    const chart = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    place.hidden = false;
    const drawing = echarts.init(place, null, { renderer: "canvas" });
    drawing.setOption(options(chart));
    new ResizeObserver(() => drawing.resize()).observe(place);
  }
})();
