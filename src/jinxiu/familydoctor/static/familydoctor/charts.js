// Readings over time with the targets that applied then. The table beside each drawing says the same in words.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const SYMBOLS = ["circle", "rect", "diamond"];

  // A reading outside is told by shape, size and its number, not by colour alone.
  function point([day, value, isOutside], symbol) {
    if (!isOutside) return { value: [day, value], symbol, symbolSize: 8 };
    return {
      value: [day, value],
      symbol: "triangle",
      symbolSize: 13,
      itemStyle: { color: colour("--red") },
      label: { show: true, formatter: String(value), color: colour("--red"), position: "top", fontSize: 12 },
    };
  }

  function readings(series, index) {
    const line = [colour("--blue"), colour("--soft"), colour("--jade")][index];
    return {
      name: series.name,
      type: "line",
      data: series.points.map((one) => point(one, SYMBOLS[index])),
      symbol: SYMBOLS[index],
      symbolSize: 8,
      lineStyle: { color: line, width: 2.5, type: index === 0 ? "solid" : [6, 3] },
      itemStyle: { color: line },
      labelLayout: { hideOverlap: true },
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
        label: { formatter: ({ name, value }) => `▲ ${name} ${value}`, color: colour("--red"), position: "insideEndTop", fontSize: 11 },
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
        axisLabel: { ...axisText, formatter: "{yyyy}-{MM}", hideOverlap: true },
        axisLine: { lineStyle: { color: colour("--line-strong") } },
      },
      yAxis: { type: "value", min: chart.lowest, max: chart.highest, axisLabel: axisText, splitLine: { lineStyle: { color: colour("--line") } } },
      series: [...chart.targets.map(target), ...chart.series.map(readings), danger(chart)],
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
