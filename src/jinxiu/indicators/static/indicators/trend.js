// A share over the months. The table beside the drawing says the same in words.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function options(chart) {
    const axisText = { color: colour("--soft"), fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value === null ? "–" : `${value} %`) },
      xAxis: { type: "category", data: chart.months, axisLabel: { ...axisText, hideOverlap: true }, axisLine: { lineStyle: { color: colour("--line-strong") } } },
      yAxis: { type: "value", min: 0, max: Math.max(100, ...chart.values), axisLabel: { ...axisText, formatter: "{value} %" }, splitLine: { lineStyle: { color: colour("--line") } } },
      series: [{ name: chart.name, type: "line", data: chart.values, symbol: "circle", symbolSize: 8, lineStyle: { color: colour("--blue"), width: 2.5 }, itemStyle: { color: colour("--blue") } }],
    };
  }

  const place = document.querySelector("[data-trend]");
  const chart = JSON.parse(document.getElementById("trend-data").textContent);
  place.hidden = false;
  const drawing = echarts.init(place, null, { renderer: "canvas" });
  drawing.setOption(options(chart));
  new ResizeObserver(() => drawing.resize()).observe(place);
})();
