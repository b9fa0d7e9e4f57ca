import { ok, strictEqual, throws } from "node:assert/strict";
import { compiledWithFile } from "../../scripts/eager.ts";

/** The bundler's helper under a name that patterns could trip over. */
const HELPER = "var $h=(t,e)=>()=>(t&&(e=t(t=0)),e);";

/** What a module runs, and what goes into parentheses. */
const BODIES: readonly string[] = [
  "",
  'a="})," ;',
  'a=\'})\';b="}),\\"}),"',
  "a=`}),${(()=>{return`})`})()}}),`",
  "a=/}\\),[}),]\\//.test('x')",
  "a=[1].map(n=>({n})),b={c(){return 1}}",
  "function f(){g({})};f()",
  "a=import.meta.url",
  "a=async()=>{for await(const b of c())await d({})}",
];

for (const body of BODIES) {
  Deno.test(`Module is put into parentheses to its end: ${body}`, () => {
    const code = `${HELPER}var m=$h(()=>{${body}}),n=$h(()=>{m()});q$h(()=>{});o=a.$h(()=>{});`;
    const wanted =
      `${HELPER}var m=$h((function(){${body}})),n=$h((function(){m()}));q$h(()=>{});o=a.$h(()=>{});`;
    strictEqual(compiledWithFile(code), wanted);
  });
}

Deno.test("A module in parentheses runs once, as it did", () => {
  const code = `${HELPER}var runs=0,m=$h(()=>{runs+={a:1}.a});m();m();return runs`;
  const made = compiledWithFile(code);
  ok(made.includes("(function(){"));
  strictEqual(new Function(made)(), 1);
});

Deno.test("Modules that are wrapped otherwise are told, and one without an end", () => {
  throws(() => compiledWithFile("var h=()=>1;"), /wraps modules otherwise/);
  throws(() => compiledWithFile(`${HELPER}var m=$h(()=>{a=(;});`), /has no end: \(\)=>\{a=\(;/);
});
