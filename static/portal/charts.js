// Draws each <figure data-chart="id of its JSON"> with ECharts, which is loaded only where a chart is.
(() => {
  "use strict";
  const source = document.currentScript.dataset.echarts;
  const LIGHT = ["#155eab", "#e07b00", "#2f8f5b", "#8a5fbf", "#c43c39", "#5b7083"];
  const DARK = ["#6aaef5", "#f2a541", "#63c08d", "#b797e0", "#ef7f7c", "#9fb3c4"];
  const drawn = new Map();
  let loading;

  const load = () => loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });

  const format = (kind) => (value) => {
    if (value === null || value === undefined) return "–";
    if (kind === "money") return Number(value).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    if (kind === "percent") return `${(value * 100).toFixed(1)}%`;
    return Number(value).toLocaleString("en");
  };
  const short = (kind) => (value) => {
    if (kind === "percent") return `${Math.round(value * 100)}%`;
    const size = Math.abs(value);
    if (document.documentElement.lang.startsWith("zh")) return size >= 1e8 ? `${value / 1e8}亿` : size >= 1e4 ? `${value / 1e4}万` : `${value}`;
    return size >= 1e6 ? `${value / 1e6}M` : size >= 1e3 ? `${value / 1e3}k` : `${value}`;
  };

  const option = (data, dark, narrow) => {
    const ink = dark ? "#c9d4e0" : "#3b4a5a";
    const line = dark ? "#33414f" : "#e3e8ee";
    const text = { color: ink, fontFamily: getComputedStyle(document.body).fontFamily };
    const value = { type: "value", axisLabel: { ...text, formatter: short(data.valueKind) }, splitLine: { lineStyle: { color: line } } };
    const category = { type: "category", data: data.categories, axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } };
    const many = data.series.length > 1;
    const base = {
      color: dark ? DARK : LIGHT,
      textStyle: text,
      animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
      // Rich text is drawn, not written as HTML with inline styles, which the page's policy forbids.
      tooltip: { trigger: data.kind === "pie" ? "item" : "axis", renderMode: "richText", confine: true, valueFormatter: format(data.valueKind), backgroundColor: dark ? "#1d2733" : "#ffffff", borderColor: line, textStyle: text },
      legend: many || data.kind === "pie" ? { bottom: 0, type: "scroll", textStyle: text, pageTextStyle: text } : undefined,
      grid: { left: 8, right: 24, top: 16, bottom: many ? 36 : 8, containLabel: true },
    };
    if (data.kind === "pie") {
      const only = data.series[0];
      return { ...base, series: [{ type: "pie", radius: ["45%", "70%"], center: ["50%", "45%"], label: { ...text, formatter: "{b} {d}%" }, data: data.categories.map((name, i) => ({ name, value: only.values[i] })) }] };
    }
    const sideways = data.kind === "hbar";
    if (sideways) category.inverse = true;
    else if (narrow && data.categories.length > 4) Object.assign(category.axisLabel, { rotate: 45, interval: data.categories.length > 13 ? "auto" : 0, hideOverlap: data.categories.length > 13 });
    return {
      ...base,
      xAxis: sideways ? value : category,
      yAxis: sideways ? category : value,
      series: data.series.map((one) => ({
        name: one.name,
        type: data.kind === "line" ? "line" : "bar",
        stack: data.kind === "stacked" ? "all" : undefined,
        barMaxWidth: 36,
        symbolSize: 6,
        connectNulls: false,
        data: one.values,
      })),
    };
  };

  const draw = (figure) => {
    const holder = figure.querySelector(".chart-canvas");
    const json = document.getElementById(figure.dataset.chart);
    if (!holder || !json) return;
    const chart = window.echarts.getInstanceByDom(holder) || window.echarts.init(holder, null, { renderer: "canvas" });
    chart.setOption(option(JSON.parse(json.textContent), document.documentElement.getAttribute("data-bs-theme") === "dark", holder.clientWidth < 480), true);
    drawn.set(figure, chart);
  };
  const drawAll = async (root) => {
    const figures = [...root.querySelectorAll("figure[data-chart]")];
    if (!figures.length) return;
    try { await load(); } catch { return; }
    figures.forEach(draw);
  };

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  document.addEventListener("portal:theme", () => drawn.forEach((chart, figure) => figure.isConnected ? draw(figure) : drawn.delete(figure)));
  let waiting;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => drawn.forEach((chart) => chart.resize()), 150); });
})();
