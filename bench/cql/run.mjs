// Translate a CQL library to ELM and run it over FHIR bundles, one a line of a file: node run.mjs LIBRARY BUNDLES
// Prints for each patient a line with id and populations, and at the end the seconds it took and the peak memory.

import { readFileSync } from "node:fs";
import { createModelInfoProvider, createUcumService, stringAsSource, CqlTranslator, LibraryManager, ModelManager } from "@cqframework/cql/cql-to-elm";
import { SystemModelInfoProvider } from "@cqframework/cql/cql";
import cql from "cql-execution";
import fhir from "cql-exec-fhir";
import modelInfo from "cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml.js";

const POPULATIONS = { initial_population: "Initial Population", denominator_exclusion: "Denominator Exclusion", numerator: "Numerator" };
const [library, bundles] = process.argv.slice(2).map((file) => readFileSync(file, "utf-8"));

const began = performance.now();
const models = new ModelManager();
for (const provider of [new SystemModelInfoProvider(), createModelInfoProvider((name) => (name === "FHIR" ? stringAsSource(modelInfo) : null))])
  models.modelInfoLoader.registerModelInfoProvider(provider);
const units = createUcumService((value) => value, () => null, (one) => one, (one) => one); // months and years only, no conversion
const translator = CqlTranslator.fromText(library, new LibraryManager(models, undefined, undefined, units));
const mistakes = [...translator.errors.asJsReadonlyArrayView()].map((error) => error.message);
if (mistakes.length) throw new Error(mistakes.join("\n"));
const executor = new cql.Executor(new cql.Library(JSON.parse(translator.toJson())));
const translated = performance.now();

const byPeriod = new Map();
for (const line of bundles.split("\n").filter(Boolean)) {
  const bundle = JSON.parse(line);
  const { period } = bundle.entry.map((entry) => entry.resource).find((one) => one.resourceType === "MeasureReport");
  const days = `${period.start}/${period.end}`;
  if (!byPeriod.has(days)) byPeriod.set(days, []);
  byPeriod.get(days).push(bundle);
}
const read = performance.now();
const lines = [];
for (const [days, some] of byPeriod) {
  const [first, last] = days.split("/").map((day) => day.split("-").map(Number));
  const period = new cql.Interval(new cql.DateTime(...first, 0, 0, 0, 0, 0), new cql.DateTime(...last, 23, 59, 59, 999, 0));
  const patients = fhir.PatientSource.FHIRv401();
  patients.loadBundles(some);
  const results = (await executor.withParameters({ "Measurement Period": period }).exec(patients)).patientResults;
  for (const [id, found] of Object.entries(results)) {
    const populations = Object.entries(POPULATIONS).map(([name, expression]) => [name, found[expression] === true]);
    lines.push(JSON.stringify({ id, ...Object.fromEntries(populations) }));
  }
}
const seconds = { translating: (translated - began) / 1e3, reading: (read - translated) / 1e3, running: (performance.now() - read) / 1e3 };
const megabytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf-8"))[1]) / 1e3;
console.log([...lines, JSON.stringify({ ...seconds, megabytes })].join("\n"));
